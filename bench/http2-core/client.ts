// The core alone, as a client: `client PORT CONCURRENCY MILLISECONDS`. Prints {calls, seconds, p50, p99}, latencies in microseconds.
import { connectHttp2, type Http2Endpoint, prepareHeaders } from "@consulrpc/http2";

const [port = 0, concurrency = 1, durationMs = 1000, viaPromise = 0] = process.argv.slice(2).map(Number);
const request = prepareHeaders([
  ...[":method", "POST", ":scheme", "http", ":path", "/hello.HelloService/SayHello", ":authority", "localhost:50051"],
  ...["te", "trailers", "content-type", "application/grpc", "user-agent", "bench"],
]);
const message = Buffer.from([0, 0, 0, 0, 7, 10, 5, 119, 111, 114, 108, 100]);

let calls = 0;
let running = true;
let finish!: () => void;
const finished = new Promise<void>((resolve) => {
  finish = resolve;
});
const latenciesUs: number[] = [];

class Call {
  startedMs = 0;
  received = 0;
}

function begin(endpoint: Http2Endpoint, call: Call): void {
  call.received = 0;
  if (concurrency === 1) call.startedMs = performance.now();
  const { connection } = endpoint;
  const stream = connection.openStream(call, request, undefined, false);
  if (stream === undefined) throw new Error("no stream");
  const sink = connection.beginData(stream);
  sink.reserve(message.length);
  for (let at = 0; at < message.length; at++) sink.bytes[sink.position++] = message[at]!;
  connection.endData(stream, true);
}

function end(endpoint: Http2Endpoint, call: Call): void {
  if (call.received !== message.length) throw new Error(`a reply of ${call.received} bytes`);
  calls++;
  if (concurrency === 1) latenciesUs.push((performance.now() - call.startedMs) * 1000);
  if (running) begin(endpoint, call);
  else finish();
}

const endpoint: Http2Endpoint = await new Promise((resolve, reject) => {
  connectHttp2({ host: "127.0.0.1", port }, (made) => ({
    onHeaders() {},
    onData(stream, _bytes, start, stop) {
      (stream.owner as Call).received += stop - start;
    },
    onTrailers(stream, block) {
      if (block.get("grpc-status") !== "0") throw new Error("not OK");
      if (viaPromise === 0) end(made, stream.owner as Call);
      else Promise.resolve(stream.owner as Call).then((call) => end(made, call));
    },
    onReset: (_stream, code) => reject(new Error(`reset with ${code}`)),
    onDrain() {},
    onSettings: () => resolve(made),
    onClose() {},
  })).catch(reject);
});

const startedMs = performance.now();
setTimeout(() => {
  running = false;
}, durationMs);
for (let index = 0; index < concurrency; index++) begin(endpoint, new Call());
await finished;
const seconds = (performance.now() - startedMs) / 1000;
latenciesUs.sort((left, right) => left - right);
const at = (share: number): number => Math.round(latenciesUs[Math.floor(latenciesUs.length * share)] ?? 0);
console.log(JSON.stringify({ calls, seconds, perSecond: Math.round(calls / seconds), p50: at(0.5), p99: at(0.99) }));
endpoint.destroy();
