// The grpc-js peer's server: [--cert F --key F]; prints "ready PORT".
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as grpc from "@grpc/grpc-js";
import { STREAM_MESSAGE_BYTES } from "../../load/answers.js";
import { BenchService, HelloService } from "./protos.js";

const { values } = parseArgs({ options: { cert: { type: "string" }, key: { type: "string" } } });
const server = new grpc.Server({ "grpc.max_receive_message_length": 16 * 2 ** 20 });

server.addService(HelloService.service, {
  SayHello: (call: grpc.ServerUnaryCall<{ name: string }, unknown>, done: grpc.sendUnaryData<unknown>) =>
    done(null, { message: `Hello ${call.request.name}` }),
});
server.addService(BenchService.service, {
  Echo: (call: grpc.ServerUnaryCall<unknown, unknown>, done: grpc.sendUnaryData<unknown>) => done(null, call.request),
  Stream: streamMessages,
  PingPong: (call: grpc.ServerDuplexStream<unknown, unknown>) => {
    call.on("data", (message) => call.write(message));
    call.on("end", () => call.end());
  },
});

function streamMessages(call: grpc.ServerWritableStream<{ value: number }, unknown>): void {
  const message = { value: Buffer.alloc(STREAM_MESSAGE_BYTES, "x") };
  let left = call.request.value;
  const write = (): void => {
    while (left > 0) {
      left--;
      if (!call.write(message)) {
        call.once("drain", write);
        return;
      }
    }
    call.end();
  };
  write();
}

const { cert, key } = values;
const credentials =
  cert === undefined || key === undefined
    ? grpc.ServerCredentials.createInsecure()
    : grpc.ServerCredentials.createSsl(null, [{ cert_chain: readFileSync(cert), private_key: readFileSync(key) }]);
server.bindAsync("127.0.0.1:0", credentials, (error, port) => {
  if (error !== null) throw error;
  console.log(`ready ${port}`);
});
