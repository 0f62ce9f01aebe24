import { type Binding, bindProtobuf } from "@consulrpc/grpc";
import { STREAM_MESSAGE_BYTES } from "../load/answers.js";
import { BenchService } from "./gen/bench_pb.js";
import { HelloService } from "./gen/hello_pb.js";
import { Greeter } from "./gen/helloworld_pb.js";

const GREETINGS = 3;

/** What `npm run hello:server` answers to. */
export const services: readonly Binding[] = [
  bindProtobuf(HelloService, {
    sayHello: ({ name }) => ({ message: `Hello ${name}` }),
    async *sayHelloRepeatedly({ name }) {
      for (let greeting = 1; greeting <= GREETINGS; greeting++) yield { message: `Hello ${name} (${greeting})` };
    },
    async sayHelloToAll(requests) {
      const names: string[] = [];
      for await (const { name } of requests) names.push(name);
      return { message: `Hello ${names.join(", ")}` };
    },
    async *sayHelloToEach(requests) {
      for await (const { name } of requests) yield { message: `Hello ${name}` };
    },
  }),
  bindProtobuf(Greeter, { sayHello: ({ name }) => ({ message: `Hello ${name}` }) }),
  bindProtobuf(BenchService, {
    echo: (message) => message,
    async *stream({ value: messages }) {
      const message = { value: new Uint8Array(STREAM_MESSAGE_BYTES).fill(0x78) };
      for (let sent = 0; sent < messages; sent++) yield message;
    },
    async *pingPong(messages) {
      yield* messages;
    },
  }),
];
