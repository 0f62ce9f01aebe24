import type { HeaderBlock } from "@consulrpc/http2";
import { Code } from "../call/code.js";
import { metadataFromFields } from "../call/metadata-fields.js";
import { percentDecode } from "../call/percent-encoding.js";
import { RpcError } from "../call/rpc-error.js";
import { decodeStatusDetails, STATUS_DETAILS } from "../call/status-details.js";
import { codeOfHttpStatus } from "../call/status-mapping.js";

/**
 * What a client derives from response headers or trailers. It is kept in the
 * block's `memo`: nearly all responses of a server carry the same two blocks.
 */
export interface ResponseHead {
  /** Undefined in trailers. */
  readonly httpStatus: string | undefined;
  /** Why these headers are not the beginning of a gRPC response. */
  readonly refusal: string | undefined;
  /** grpc-encoding, where it is not identity. */
  readonly encoding: string | undefined;
  /** grpc-status; undefined when there is none or it is no number. */
  readonly status: number | undefined;
}

export function responseHead(block: HeaderBlock): ResponseHead {
  const known = block.memo as ResponseHead | undefined;
  if (known !== undefined) return known;
  const httpStatus = block.get(":status");
  const status = block.get("grpc-status");
  const encoding = block.get("grpc-encoding");
  const head: ResponseHead = {
    httpStatus,
    refusal: httpStatus === undefined ? undefined : refusal(httpStatus, block.get("content-type")),
    encoding: encoding === "identity" ? undefined : encoding,
    status: status !== undefined && /^\d{1,9}$/.test(status) ? Number(status) : undefined,
  };
  block.memo = head;
  return head;
}

function refusal(httpStatus: string, contentType: string | undefined): string | undefined {
  if (httpStatus !== "200") return `HTTP status ${httpStatus}`;
  if (contentType?.startsWith("application/grpc")) return undefined;
  return `content-type ${contentType === undefined ? "is missing" : JSON.stringify(contentType)}, expected application/grpc`;
}

/** The error in a block that ends a call; undefined for OK. */
export function statusError(block: HeaderBlock, head: ResponseHead): RpcError | undefined {
  if (head.status === Code.OK) return undefined;
  if (head.status === undefined) return missingStatus(head);
  const metadata = metadataFromFields(block.fields);
  const details = metadata.get(STATUS_DETAILS);
  return new RpcError(knownCode(head.status), percentDecode(block.get("grpc-message") ?? ""), {
    fromPeer: true,
    metadata,
    details: details instanceof Uint8Array ? decodeStatusDetails(details) : [],
  });
}

function missingStatus(head: ResponseHead): RpcError {
  if (head.refusal !== undefined) return refusalError(head);
  return new RpcError(Code.UNKNOWN, "the response ended without a valid grpc-status");
}

/** The peer, or something in between, answered in HTTP instead of gRPC. */
export function refusalError(head: ResponseHead): RpcError {
  const code = head.httpStatus === "200" ? Code.UNKNOWN : codeOfHttpStatus(head.httpStatus ?? "");
  return new RpcError(code, `the response is not gRPC: ${head.refusal}`, { fromPeer: true });
}

function knownCode(status: number): Code {
  return status <= Code.UNAUTHENTICATED ? (status as Code) : Code.UNKNOWN;
}
