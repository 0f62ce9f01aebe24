// A plain HTTP/2 server on the core: answers everything with 200 and ten octets. `plain-server [KEY CERTIFICATE]`; prints its port.
import { readFileSync } from "node:fs";
import { type ConnectionListener, type Http2Endpoint, type Http2Stream, listenHttp2, prepareHeaders } from "@consulrpc/http2";

const ok = prepareHeaders([":status", "200", "content-type", "text/plain", "content-length", "10"]);
const body = Buffer.from("0123456789");

function plain({ connection }: Http2Endpoint): ConnectionListener {
  const answer = (stream: Http2Stream): void => {
    connection.sendHeaders(stream, ok, undefined, false);
    connection.sendData(stream, body, true);
  };
  return {
    onHeaders: (stream, _request, endStream) => endStream && answer(stream),
    onData: (stream, _bytes, _start, _end, endStream) => endStream && answer(stream),
    onTrailers: answer,
    onReset() {},
    onDrain() {},
    onClose() {},
  };
}

const [key, cert] = process.argv.slice(2);
const tls = key === undefined || cert === undefined ? {} : { tls: { key: readFileSync(key), cert: readFileSync(cert) } };
const { port } = await listenHttp2({ host: "127.0.0.1", ...tls }, plain);
console.log(port);
