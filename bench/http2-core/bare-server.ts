// The ceiling: a loop on node:net that knows the benchmark's frames and nothing else. No errors, no flow control, HPACK as bytes.
import { createServer } from "node:net";
import { prepareHeaders } from "@consulrpc/http2";

const headers = prepareHeaders([":status", "200", "content-type", "application/grpc"]).bytes;
const trailers = prepareHeaders(["grpc-status", "0"]).bytes;
const PREFACE_BYTES = 24;

const server = createServer({ noDelay: true }, (socket) => {
  let skip = PREFACE_BYTES;
  let carry: Buffer | undefined;
  const out = Buffer.alloc(1 << 20);
  socket.write(Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0, 0]));
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    const bytes = carry === undefined ? chunk : Buffer.concat([carry, chunk]);
    carry = undefined;
    let at = skip;
    skip = 0;
    let end = 0;
    let consumed = 0;
    while (at + 9 <= bytes.length) {
      const length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
      if (at + 9 + length > bytes.length) break;
      const type = bytes[at + 3]!;
      if (type === 4 && (bytes[at + 4]! & 1) === 0) {
        out.set([0, 0, 0, 4, 1, 0, 0, 0, 0], end);
        end += 9;
      } else if (type === 0) {
        consumed += length;
        end = put(out, end, 1, 4, bytes, at + 5, headers, 0, headers.length);
        end = put(out, end, 0, 0, bytes, at + 5, bytes, at + 9, length);
        end = put(out, end, 1, 5, bytes, at + 5, trailers, 0, trailers.length);
      }
      at += 9 + length;
    }
    if (consumed > 0) {
      out.set([0, 0, 4, 8, 0, 0, 0, 0, 0, 0, consumed >>> 16, (consumed >>> 8) & 255, consumed & 255], end);
      end += 13;
    }
    if (at < bytes.length) carry = bytes.subarray(at);
    if (end === 0) return;
    const batch = out.subarray(0, end);
    socket.write(batch);
    if (socket.writableLength > 0) throw new Error("the bare loop knows no back-pressure");
  });
});

function put(
  out: Buffer,
  at: number,
  type: number,
  flags: number,
  ids: Buffer,
  id: number,
  from: Uint8Array,
  start: number,
  length: number,
): number {
  out[at] = length >>> 16;
  out[at + 1] = length >>> 8;
  out[at + 2] = length;
  out[at + 3] = type;
  out[at + 4] = flags;
  for (let index = 0; index < 4; index++) out[at + 5 + index] = ids[id + index]!;
  for (let index = 0; index < length; index++) out[at + 9 + index] = from[start + index]!;
  return at + 9 + length;
}

server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => console.log((server.address() as { port: number }).port));
