import type { Metadata } from "./metadata.js";
import { appendFields, base64 } from "./metadata-fields.js";
import { percentEncode } from "./percent-encoding.js";
import type { RpcError } from "./rpc-error.js";
import { encodeStatus, STATUS_DETAILS } from "./status-details.js";

/** The trailers of a failed call as header fields. */
export function statusFields(error: RpcError, trailers: Metadata | undefined): string[] {
  const fields = ["grpc-status", String(error.code), "grpc-message", percentEncode(error.rawMessage)];
  if (error.details.length > 0) fields.push(STATUS_DETAILS, base64(encodeStatus(error.code, error.rawMessage, error.details)));
  if (error.metadata !== undefined) appendFields(fields, error.metadata);
  if (trailers !== undefined) appendFields(fields, trailers);
  return fields;
}
