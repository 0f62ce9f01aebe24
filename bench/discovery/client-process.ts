// The load client with the front door's channel; flags and lines as in load/client-program.ts, `--target` with its scheme.
import { connect } from "consulrpc";
import { HelloService } from "../hello/gen/hello_pb.js";
import { checkHello } from "../load/answers.js";
import { clientProgram } from "../load/client-program.js";

await clientProgram({
  load: ({ target }) => {
    const hello = connect(HelloService, target, { lastGood: false });
    return { call: () => hello.sayHello({ name: "world" }), check: checkHello };
  },
  connectOnce: async ({ target }) => {
    const hello = connect(HelloService, target, { lastGood: false });
    checkHello(await hello.sayHello({ name: "world" }));
    return hello;
  },
});
