export { ByteSink, SINK_BYTES_INITIAL } from "./byte-sink.js";
export { Http2Connection, type Http2ConnectionOptions } from "./connection.js";
export type { ConnectionListener, HeaderBlock, Http2Sender, Http2Stream, PreparedHeaders } from "./connection-listener.js";
export type { Role } from "./core.js";
export { Http2ErrorCode } from "./error-code.js";
export { prepareHeaders } from "./hpack/prepared-headers.js";
export { linkInMemory } from "./in-memory.js";
export { HTTP2_LIMITS_DEFAULT, type Http2Limits } from "./limits.js";
export type { OutputBatch } from "./output-batch.js";
export {
  type Accept,
  type ConnectOptions,
  connectHttp2,
  type Http2Endpoint,
  type Http2Listener,
  type ListenOptions,
  listenHttp2,
} from "./socket.js";
