// The ceiling's client: `bare-client PORT CONCURRENCY MILLISECONDS`. Counts END_STREAM flags and sends one call for each.
import { connect } from "node:net";
import { prepareHeaders } from "@consulrpc/http2";

const [port = 0, concurrency = 1, durationMs = 1000] = process.argv.slice(2).map(Number);
const request = prepareHeaders([
  ...[":method", "POST", ":scheme", "http", ":path", "/hello.HelloService/SayHello", ":authority", "localhost:50051"],
  ...["te", "trailers", "content-type", "application/grpc", "user-agent", "bench"],
]).bytes;
const message = [0, 0, 0, 0, 7, 10, 5, 119, 111, 114, 108, 100];
const template = Buffer.from([0, 0, request.length, 1, 4, 0, 0, 0, 0, ...request, 0, 0, message.length, 0, 1, 0, 0, 0, 0, ...message]);
const secondId = 9 + request.length + 5;

let calls = 0;
let running = true;
let nextId = 1;
const out = Buffer.alloc(1 << 20);
let end = 0;
let carry: Buffer | undefined;

function begin(): void {
  out.set(template, end);
  out.writeUInt32BE(nextId, end + 5);
  out.writeUInt32BE(nextId, end + secondId);
  end += template.length;
  nextId += 2;
}

const socket = connect({ port, host: "127.0.0.1", noDelay: true });
socket.write(
  Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0])]),
);
let consumed = 0;
socket.on("data", (chunk: Buffer) => {
  const bytes = carry === undefined ? chunk : Buffer.concat([carry, chunk]);
  carry = undefined;
  let at = 0;
  while (at + 9 <= bytes.length) {
    const length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    if (at + 9 + length > bytes.length) break;
    if (bytes[at + 3] === 0) consumed += length;
    if (bytes[at + 3] === 1 && (bytes[at + 4]! & 1) === 1) {
      calls++;
      if (running) begin();
    }
    at += 9 + length;
  }
  if (at < bytes.length) carry = bytes.subarray(at);
  if (consumed > 30_000) {
    out.set([0, 0, 4, 8, 0, 0, 0, 0, 0, 0, consumed >>> 16, (consumed >>> 8) & 255, consumed & 255], end);
    end += 13;
    consumed = 0;
  }
  if (!running) {
    const seconds = (performance.now() - startedMs) / 1000;
    console.log(JSON.stringify({ calls, seconds, perSecond: Math.round(calls / seconds) }));
    socket.destroy();
  } else flush();
});

function flush(): void {
  if (end > 0) socket.write(out.subarray(0, end));
  end = 0;
}

const startedMs = performance.now();
setTimeout(() => {
  running = false;
}, durationMs);
for (let index = 0; index < concurrency; index++) begin();
flush();
