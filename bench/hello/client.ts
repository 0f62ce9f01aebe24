// Our load client; flags and lines as in load/client-program.ts.
import { readFileSync } from "node:fs";
import { type Channel, type ChannelOptions, createChannel, createClient } from "@consulrpc/grpc";
import { checkBytes, checkHello, checkStream, STREAM_MESSAGE_BYTES, STREAM_MESSAGES } from "../load/answers.js";
import { clientProgram, type LoadOptions } from "../load/client-program.js";
import type { Load } from "../load/load.js";
import { BenchService } from "./gen/bench_pb.js";
import { HelloService } from "./gen/hello_pb.js";

const MESSAGE_BYTES_MAX = 16 * 2 ** 20;

await clientProgram({
  load: (options) => loads(channelTo(options), options),
  connectOnce: async (options) => {
    const channel = channelTo(options);
    checkHello(await createClient(HelloService, channel).sayHello({ name: "world" }));
    return channel;
  },
});

function channelTo({ target, ca }: LoadOptions): Channel {
  const options: ChannelOptions = { messageBytesMax: MESSAGE_BYTES_MAX };
  if (ca === undefined) return createChannel(target, options);
  return createChannel(target, { ...options, tls: { source: { roots: readFileSync(ca) }, serverName: "localhost" } });
}

function loads(channel: Channel, { kind, bytes }: LoadOptions): Load {
  const hello = createClient(HelloService, channel);
  const bench = createClient(BenchService, channel);
  const payload = { value: new Uint8Array(bytes).fill(0x78) };
  switch (kind) {
    case "unary":
      return { call: () => hello.sayHello({ name: "world" }), check: checkHello };
    case "echo":
      return { call: () => bench.echo(payload), check: (answer) => checkBytes(answer, bytes) };
    case "stream":
      return { call: () => received(bench.stream({ value: STREAM_MESSAGES })), check: checkStream };
    case "pingpong":
      return pingPong((messages) => bench.pingPong(messages), payload);
    default:
      throw new RangeError(`no kind ${kind}`);
  }
}

async function received(messages: AsyncIterable<{ value: Uint8Array }>): Promise<number> {
  let count = 0;
  for await (const { value } of messages) {
    if (value.length === STREAM_MESSAGE_BYTES) count++;
  }
  return count;
}

type Payload = { readonly value: Uint8Array };

function pingPong(start: (messages: AsyncIterable<Payload>) => AsyncIterable<unknown>, payload: Payload): Load {
  const streams: { send: () => void; answers: AsyncIterator<unknown> }[] = [];
  return {
    call: (worker) => {
      let stream = streams[worker];
      if (stream === undefined) {
        let send = (): void => {};
        let turn = new Promise<void>((resolve) => {
          send = resolve;
        });
        const messages = async function* (): AsyncGenerator<Payload> {
          for (;;) {
            await turn;
            turn = new Promise<void>((resolve) => {
              send = resolve;
            });
            yield payload;
          }
        };
        stream = { send: () => send(), answers: start(messages())[Symbol.asyncIterator]() };
        streams[worker] = stream;
      }
      stream.send();
      return stream.answers.next();
    },
    check: (answer) => checkBytes((answer as IteratorResult<unknown>).value, payload.value.length),
  };
}
