// The core alone with large messages, both sides in their own process: `large server`, then `large PORT CONCURRENCY MILLISECONDS BYTES`. Prints MB/s, both ways counted.
import { type ConnectionListener, connectHttp2, type Http2Endpoint, listenHttp2, prepareHeaders } from "@consulrpc/http2";

const headers = prepareHeaders([":status", "200"]);
const trailers = prepareHeaders(["grpc-status", "0"]);
const post = prepareHeaders([":method", "POST", ":scheme", "http", ":path", "/echo", ":authority", "localhost"]);

/** Puts a message together in one buffer, as a layer above would. */
class Message {
  bytes: Buffer;
  length = 0;

  constructor(bytes: number) {
    this.bytes = Buffer.allocUnsafe(bytes);
  }

  add(from: Buffer, start: number, end: number): void {
    if (this.length + end - start > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + end - start));
      this.bytes.copy(grown, 0, 0, this.length);
      this.bytes = grown;
    }
    from.copy(this.bytes, this.length, start, end);
    this.length += end - start;
  }
}

function echo({ connection }: Http2Endpoint): ConnectionListener {
  return {
    onHeaders: (stream) => {
      stream.owner = new Message(1 << 20);
    },
    onData(stream, bytes, start, end, endStream) {
      const message = stream.owner as Message;
      message.add(bytes, start, end);
      if (!endStream) return;
      connection.sendHeaders(stream, headers, undefined, false);
      connection.sendData(stream, message.bytes.subarray(0, message.length), false);
      connection.sendHeaders(stream, trailers, undefined, true);
    },
    onTrailers() {},
    onReset() {},
    onDrain() {},
    onClose() {},
  };
}

async function measure(port: number, concurrency: number, durationMs: number, bytes: number): Promise<void> {
  const payload = Buffer.alloc(bytes, 7);
  let running = true;
  let calls = 0;
  let left = concurrency;
  let begun = false;
  const startedMs = performance.now();
  setTimeout(() => {
    running = false;
  }, durationMs);
  await new Promise<void>((resolve, reject) => {
    connectHttp2({ host: "127.0.0.1", port }, (endpoint) => {
      const begin = (): void => {
        const stream = endpoint.connection.openStream(new Message(1 << 20), post, undefined, false);
        if (stream !== undefined) endpoint.connection.sendData(stream, payload, true);
      };
      return {
        onHeaders() {},
        onData: (stream, from, start, end) => (stream.owner as Message).add(from, start, end),
        onTrailers(stream) {
          if ((stream.owner as Message).length !== bytes) throw new Error(`${(stream.owner as Message).length} bytes`);
          calls++;
          if (running) return begin();
          if (--left > 0) return;
          endpoint.destroy();
          resolve();
        },
        onReset: (_stream, code) => reject(new Error(`reset with ${code}`)),
        onDrain() {},
        onSettings() {
          // Later ones only widen windows.
          if (!begun) for (let index = 0; index < concurrency; index++) begin();
          begun = true;
        },
        onClose() {},
      };
    }).catch(reject);
  });
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(JSON.stringify({ concurrency, bytes, megabytesPerSecond: Math.round((2 * calls * bytes) / 1e6 / seconds) }));
}

const [first = "server", ...rest] = process.argv.slice(2);
if (first === "server") {
  process.once("SIGINT", () => process.exit(0));
  console.log((await listenHttp2({ host: "127.0.0.1" }, echo)).port);
} else await measure(Number(first), Number(rest[0] ?? 1), Number(rest[1] ?? 1500), Number(rest[2] ?? 2 ** 20));
