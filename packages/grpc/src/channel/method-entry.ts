import { type PreparedHeaders, prepareHeaders } from "@consulrpc/http2";
import type { Compressor, Compressors } from "../call/compression.js";
import type { MethodCodec } from "../codec/codec.js";
import type { Method } from "../contract/contract.js";
import type { MethodPolicy } from "./method-policy.js";

/** What all request headers of a channel have in common. */
export interface RequestHeaderOptions {
  readonly scheme: "http" | "https";
  readonly authority: string;
  readonly userAgent: string;
  readonly acceptEncoding: string;
  readonly compressors: Compressors;
  /** The channel's default. */
  readonly compression: string;
}

/** Everything a channel knows of one method, found once: a call reads it and allocates nothing. */
export class MethodEntry {
  readonly method: Method;
  readonly codec: MethodCodec;
  /** "hello.HelloService/sayHello", for errors. */
  readonly label: string;
  readonly timeoutMs: number;
  readonly waitForReady: boolean;
  readonly responseBytesMax: number;
  readonly policy: MethodPolicy;
  /** Neither retried nor hedged. */
  readonly plain: boolean;
  private readonly options: RequestHeaderOptions;
  private readonly uncompressed: PreparedHeaders;
  private readonly compressed = new Map<string, PreparedHeaders>();
  private readonly defaultCompressor: Compressor | undefined;

  constructor(method: Method, policy: MethodPolicy, options: RequestHeaderOptions) {
    this.method = method;
    this.codec = method.codec;
    this.label = `${method.service}/${method.localName}`;
    this.policy = policy;
    this.plain = policy.retry === undefined && policy.hedge === undefined;
    this.timeoutMs = policy.timeoutMs;
    this.waitForReady = policy.waitForReady;
    this.responseBytesMax = policy.responseBytesMax;
    this.options = options;
    this.defaultCompressor = this.known(options.compression);
    this.uncompressed = this.prepare(this.defaultCompressor?.name);
  }

  /** Request headers for a call with this compression, encoded once. */
  headers(compression: string | undefined): PreparedHeaders {
    if (compression === undefined) return this.uncompressed;
    let prepared = this.compressed.get(compression);
    if (prepared === undefined) {
      prepared = this.prepare(this.known(compression)?.name);
      this.compressed.set(compression, prepared);
    }
    return prepared;
  }

  compressor(compression: string | undefined): Compressor | undefined {
    return compression === undefined ? this.defaultCompressor : this.known(compression);
  }

  private known(compression: string): Compressor | undefined {
    if (compression === "identity") return undefined;
    const compressor = this.options.compressors.get(compression);
    if (compressor === undefined) {
      throw new RangeError(
        `unknown compression ${JSON.stringify(compression)}; known: identity, ${[...this.options.compressors.keys()].join(", ")}`,
      );
    }
    return compressor;
  }

  private prepare(encoding: string | undefined): PreparedHeaders {
    const { scheme, authority, userAgent, acceptEncoding } = this.options;
    const subtype = this.codec.request.name;
    const fields = [":method", "POST", ":scheme", scheme, ":path", this.method.path, ":authority", authority];
    fields.push("te", "trailers", "content-type", subtype === "proto" ? "application/grpc" : `application/grpc+${subtype}`);
    if (encoding !== undefined) fields.push("grpc-encoding", encoding);
    fields.push("grpc-accept-encoding", acceptEncoding, "user-agent", userAgent);
    return prepareHeaders(fields);
  }
}
