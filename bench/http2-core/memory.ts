// Client and server core back to back in one process, no socket: processor time a call, which other processes disturb least.
// `memory CONCURRENCY MILLISECONDS BYTES` prints {calls, cpuUsPerCall, megabytesPerCpuSecond}.
import { Http2Connection, linkInMemory, prepareHeaders } from "@consulrpc/http2";

const [concurrency = 64, durationMs = 2000, bytes = 12] = process.argv.slice(2).map(Number);
const headers = prepareHeaders([":status", "200", "content-type", "application/grpc"]);
const trailers = prepareHeaders(["grpc-status", "0"]);
const request = prepareHeaders([
  ...[":method", "POST", ":scheme", "http", ":path", "/hello.HelloService/SayHello", ":authority", "localhost:50051"],
  ...["te", "trailers", "content-type", "application/grpc", "user-agent", "bench"],
]);
const payload = Buffer.alloc(bytes, 7);

let calls = 0;
let finish!: () => void;
const finished = new Promise<void>((resolve) => {
  finish = resolve;
});
const endMs = performance.now() + durationMs;

const ignored = { onReset() {}, onDrain() {}, onClose() {} };
const server = new Http2Connection({ role: "server" }, (connection) => ({
  ...ignored,
  onHeaders() {},
  onData(stream, _bytes, _start, _end, endStream) {
    if (!endStream) return;
    connection.sendHeaders(stream, headers, undefined, false);
    connection.sendData(stream, payload, false);
    connection.sendHeaders(stream, trailers, undefined, true);
  },
  onTrailers() {},
}));
const client = new Http2Connection({ role: "client" }, () => ({
  ...ignored,
  onHeaders() {},
  onData() {},
  onTrailers() {
    calls++;
    begin();
  },
}));

function begin(): void {
  if (performance.now() > endMs) return finish();
  const stream = client.openStream(undefined, request, undefined, false);
  if (stream !== undefined) client.sendData(stream, payload, true);
}

linkInMemory(client, server, () => performance.now());
for (let index = 0; index < concurrency; index++) begin();
const before = process.cpuUsage();
await finished;
const { user, system } = process.cpuUsage(before);
console.log(
  JSON.stringify({
    calls,
    cpuUsPerCall: Number(((user + system) / calls).toFixed(3)),
    megabytesPerCpuSecond: Math.round((2 * bytes * calls) / (user + system)),
  }),
);
