import { Http2ErrorCode } from "@consulrpc/http2";
import { Code } from "./code.js";

/** RST_STREAM to status (PROTOCOL-HTTP2.md, "Errors"). */
export function codeOfReset(code: Http2ErrorCode): Code {
  switch (code) {
    case Http2ErrorCode.REFUSED_STREAM:
      return Code.UNAVAILABLE;
    case Http2ErrorCode.CANCEL:
      return Code.CANCELLED;
    case Http2ErrorCode.ENHANCE_YOUR_CALM:
      return Code.RESOURCE_EXHAUSTED;
    case Http2ErrorCode.INADEQUATE_SECURITY:
      return Code.PERMISSION_DENIED;
    default:
      return Code.INTERNAL;
  }
}

/** For a response without grpc-status (http-grpc-status-mapping.md). */
export function codeOfHttpStatus(status: string): Code {
  switch (status) {
    case "400":
    case "431":
      return Code.INTERNAL;
    case "401":
      return Code.UNAUTHENTICATED;
    case "403":
      return Code.PERMISSION_DENIED;
    case "404":
      return Code.UNIMPLEMENTED;
    case "429":
    case "502":
    case "503":
    case "504":
      return Code.UNAVAILABLE;
    default:
      return Code.UNKNOWN;
  }
}

const names: ReadonlyMap<number, string> = new Map(Object.entries(Http2ErrorCode).map(([name, code]) => [code, name]));

/** "REFUSED_STREAM" for 7. */
export function http2ErrorName(code: number): string {
  return names.get(code) ?? `error 0x${code.toString(16)}`;
}
