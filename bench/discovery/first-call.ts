import { Consul } from "@consulrpc/consul";
import { connect } from "consulrpc";
import type { Server } from "../agent/contestants.js";
import type { Contestant } from "../harness/case.js";
import { median } from "../harness/measure.js";
import { HelloService } from "../hello/gen/hello_pb.js";
import { checkHello } from "../load/answers.js";
import { HELLO, registeredHello } from "./hello.js";

const CLIENTS = 20;

/** From `connect` to the first answer, for clients that share nothing, one after the other; the median. */
export async function firstCalls(begin: (mode: "dev") => Promise<Server>): Promise<Contestant> {
  const { consul: address, close } = await registeredHello(begin);
  const once = async (): Promise<number> => {
    const startedAtMs = performance.now();
    await using consul = new Consul({ address, environment: {} });
    await using hello = connect(HelloService, `consul://${HELLO}`, { consul, lastGood: false });
    checkHello(await hello.sayHello({ name: "world" }));
    return performance.now() - startedAtMs;
  };
  return {
    round: async () => {
      const takenMs: number[] = [];
      for (let client = 0; client < CLIENTS; client++) takenMs.push(await once());
      return median(takenMs);
    },
    close,
  };
}
