// A plain HTTP/2 client on the core, for h2specd: asks for one URL and leaves when the connection ends, or after a second and a half.
import { connectHttp2, Http2ErrorCode, prepareHeaders } from "@consulrpc/http2";

const url = new URL(process.argv[2] ?? "");
const tls = url.protocol === "https:" ? { tls: { rejectUnauthorized: false } } : {};
const get = prepareHeaders([":method", "GET", ":scheme", url.protocol.slice(0, -1), ":path", url.pathname, ":authority", url.host]);

// h2specd gives each process three seconds.
setTimeout(() => process.exit(0), 1_500).unref();
const { connection } = await connectHttp2({ host: url.hostname, port: Number(url.port), ...tls }, (endpoint) => ({
  onHeaders() {},
  onTrailers() {},
  onDrain() {},
  onData: (_stream, _bytes, _start, _end, endStream) => endStream && endpoint.connection.goaway(Http2ErrorCode.NO_ERROR),
  onReset() {},
  onClose() {},
}));
connection.openStream(undefined, get, undefined, true);
