import type { ByteSink } from "@consulrpc/http2";

/**
 * Value to bytes and back, bound once to one message type. Both ways are
 * synchronous and may be called again at once; a codec keeps no state between calls.
 */
export interface Codec<T = unknown> {
  /** The content subtype: "proto", "json", "msgpack". */
  readonly name: string;
  /** Writes `value` behind `sink.position`. Throws RpcError when the value cannot be encoded; the sink's position is then undefined. */
  encode(value: T, sink: ByteSink): void;
  /**
   * Reads one value from `bytes[start, end)`. The bytes belong to the transport
   * and are overwritten after the call returns: whatever outlives it is copied.
   * Throws RpcError (INTERNAL or RESOURCE_EXHAUSTED) that names the offset.
   */
  decode(bytes: Buffer, start: number, end: number): T;
}

/** The two codecs of one method in one content subtype. */
export interface MethodCodec<I = unknown, O = unknown> {
  readonly request: Codec<I>;
  readonly response: Codec<O>;
}
