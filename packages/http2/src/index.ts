export { ByteSink, SINK_BYTES_INITIAL } from "./byte-sink.js";
export type { ConnectionListener, HeaderBlock, Http2Sender, Http2Stream, PreparedHeaders } from "./connection-listener.js";
export { Http2ErrorCode } from "./error-code.js";
