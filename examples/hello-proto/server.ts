// A service from a .proto (examples/proto/hello.proto): serve, and it is registered, health-checked and found.
import { serve } from "consulrpc";
import { HelloService } from "../gen/hello_pb.js";

const server = await serve(HelloService, {
  async sayHello({ name }) {
    return { message: `Hello ${name}` };
  },
  async *watch({ topic }) {
    for (let count = 1; ; count++) yield { message: `${topic} ${count}` };
  },
});
console.log(`serving ${HelloService.typeName} at ${server.address}`);
