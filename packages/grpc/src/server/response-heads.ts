import { type PreparedHeaders, prepareHeaders } from "@consulrpc/http2";

/** Content types are the client's choice: more of them than this are not remembered. */
const REMEMBERED_MAX = 64;

/** Response header blocks, encoded once for each content type and compression. */
export class ResponseHeads {
  private readonly known = new Map<string, PreparedHeaders>();

  of(contentType: string, encoding: string | undefined): PreparedHeaders {
    const key = `${encoding ?? ""} ${contentType}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const fields = [":status", "200", "content-type", contentType];
    if (encoding !== undefined) fields.push("grpc-encoding", encoding);
    const prepared = prepareHeaders(fields);
    if (this.known.size < REMEMBERED_MAX) this.known.set(key, prepared);
    return prepared;
  }
}

/** The trailers of nearly every call. */
export const OK_TRAILERS: PreparedHeaders = prepareHeaders(["grpc-status", "0"]);
/** For trailers whose every field is computed. */
export const NO_FIELDS: PreparedHeaders = prepareHeaders([]);
