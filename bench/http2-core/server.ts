// The core alone, as a server of unary-shaped calls: HEADERS + DATA in, HEADERS + DATA + trailers out. Prints its port.
import { type ConnectionListener, type Http2Endpoint, listenHttp2, prepareHeaders } from "@consulrpc/http2";

const headers = prepareHeaders([":status", "200", "content-type", "application/grpc"]);
const trailers = prepareHeaders(["grpc-status", "0"]);

/** Answers when the request has ended: the payload that came, once more. */
function unary({ connection }: Http2Endpoint): ConnectionListener {
  return {
    onHeaders() {},
    onData(stream, bytes, start, end, endStream) {
      if (!endStream) {
        stream.owner = append(stream.owner as Buffer | undefined, bytes, start, end);
        return;
      }
      connection.sendHeaders(stream, headers, undefined, false);
      if (stream.owner !== undefined) {
        connection.sendData(stream, append(stream.owner as Buffer, bytes, start, end), false);
      } else {
        const sink = connection.beginData(stream);
        sink.reserve(end - start);
        for (let at = start; at < end; at++) sink.bytes[sink.position++] = bytes[at]!;
        connection.endData(stream, false);
      }
      connection.sendHeaders(stream, trailers, undefined, true);
    },
    onTrailers() {},
    onReset() {},
    onDrain() {},
    onClose() {},
  };
}

function append(before: Buffer | undefined, bytes: Buffer, start: number, end: number): Buffer {
  const piece = Buffer.from(bytes.subarray(start, end));
  return before === undefined ? piece : Buffer.concat([before, piece]);
}

process.once("SIGINT", () => process.exit(0));
const { port } = await listenHttp2({ host: "127.0.0.1", port: Number(process.argv[2] ?? 0) }, unary);
console.log(port);
