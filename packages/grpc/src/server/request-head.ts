import type { HeaderBlock, PreparedHeaders } from "@consulrpc/http2";
import { Code } from "../call/code.js";
import type { Compressor, Compressors } from "../call/compression.js";
import { RpcError } from "../call/rpc-error.js";
import { parseTimeout } from "../call/timeout.js";
import type { MethodCodec } from "../codec/codec.js";
import type { MethodTable, Route } from "./method-table.js";
import type { ResponseHeads } from "./response-heads.js";

/**
 * Everything a server derives from request headers. It is kept in the header
 * block's `memo`: a client that repeats its headers has them parsed once.
 */
export interface RequestHead {
  /** Of the method table, when this was made. */
  readonly generation: number;
  /** False: not gRPC; the fallback answers, or 415. */
  readonly grpc: boolean;
  readonly route: Route | undefined;
  /** Why the call is refused before its handler is asked. */
  readonly refusal: RpcError | undefined;
  readonly codec: MethodCodec | undefined;
  /** Infinity without grpc-timeout. */
  readonly timeoutMs: number;
  /** How compressed requests are compressed; undefined for identity. */
  readonly requestCompressor: Compressor | undefined;
  /** How responses will be compressed where the server wants to. */
  readonly responseCompressor: Compressor | undefined;
  /** The encodings that the client understands. */
  readonly accepts: readonly string[];
  readonly contentType: string;
  readonly responseHeaders: PreparedHeaders;
}

export interface HeadParser {
  readonly methods: MethodTable;
  readonly compressors: Compressors;
  /** What the server compresses with by default. */
  readonly compression: string;
  readonly heads: ResponseHeads;
}

const GRPC = "application/grpc";

export function parseRequestHead(block: HeaderBlock, server: HeadParser): RequestHead {
  const contentType = block.get("content-type") ?? "";
  const path = block.get(":path") ?? "";
  const grpc = isGrpc(contentType) && block.get(":method") === "POST";
  const accepts = (block.get("grpc-accept-encoding") ?? "").split(",").map((name) => name.trim());
  const encoding = block.get("grpc-encoding") ?? "identity";
  const requestCompressor = server.compressors.get(encoding);
  const timeout = block.get("grpc-timeout");
  const timeoutMs = timeout === undefined ? Number.POSITIVE_INFINITY : parseTimeout(timeout);
  const route = server.methods.get(path);
  const subtype = contentType.slice(GRPC.length + 1).split(";")[0] as string;
  const codec = subtype === "" ? (route?.method.codecs.get("proto") ?? route?.method.codec) : route?.method.codecs.get(subtype);
  const responseCompressor = accepts.includes(server.compression) ? server.compressors.get(server.compression) : undefined;
  return {
    generation: server.methods.generation,
    grpc,
    route,
    refusal: refusal(),
    codec,
    timeoutMs: timeoutMs ?? Number.POSITIVE_INFINITY,
    requestCompressor,
    responseCompressor,
    accepts,
    contentType,
    responseHeaders: server.heads.of(contentType, responseCompressor?.name),
  };

  function refusal(): RpcError | undefined {
    if (route?.handler === undefined || !route.online) return server.methods.refusal(path);
    if (codec === undefined) {
      return new RpcError(
        Code.UNIMPLEMENTED,
        `${path} does not speak ${contentType} (it speaks ${[...route.method.codecs.keys()].join(", ")})`,
      );
    }
    if (timeoutMs === undefined) return new RpcError(Code.INTERNAL, `malformed grpc-timeout ${JSON.stringify(timeout)}`);
    if (encoding !== "identity" && requestCompressor === undefined) {
      return new RpcError(Code.UNIMPLEMENTED, `grpc-encoding ${JSON.stringify(encoding)} is not supported`);
    }
    return undefined;
  }
}

/** "application/grpc", "application/grpc+proto", "application/grpc;..." but not "application/grpc-web". */
function isGrpc(contentType: string): boolean {
  if (!contentType.startsWith(GRPC)) return false;
  const next = contentType[GRPC.length];
  return next === undefined || next === "+" || next === ";";
}
