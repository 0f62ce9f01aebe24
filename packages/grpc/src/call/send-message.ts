import { ByteSink, type Http2Sender, type Http2Stream } from "@consulrpc/http2";
import type { Codec } from "../codec/codec.js";
import type { Compressor } from "./compression.js";
import { COMPRESSED, MESSAGE_PREFIX_BYTES } from "./message-framing.js";

/**
 * Encodes one message straight into the transport's buffer, behind its prefix.
 * False: flow control holds it back, wait for `onDrain`. Throws what the codec
 * throws; then nothing has been sent.
 */
export function sendMessage(
  sender: Http2Sender,
  stream: Http2Stream,
  codec: Codec,
  message: unknown,
  compressor: Compressor | undefined,
  endStream: boolean,
): boolean {
  if (compressor !== undefined) return sendCompressed(sender, stream, codec, message, compressor, endStream);
  const sink = sender.beginData(stream);
  const start = sink.position;
  sink.reserve(MESSAGE_PREFIX_BYTES);
  sink.position = start + MESSAGE_PREFIX_BYTES;
  try {
    codec.encode(message, sink);
  } catch (thrown) {
    sender.cancelData(stream);
    throw thrown;
  }
  writePrefix(sink.bytes, start, 0, sink.position - start - MESSAGE_PREFIX_BYTES);
  return sender.endData(stream, endStream);
}

/** One message as framed bytes of its own, for who must keep it. */
export function frameMessage(codec: Codec, message: unknown, compressor: Compressor | undefined): Buffer {
  const sink = scratch;
  sink.position = MESSAGE_PREFIX_BYTES;
  codec.encode(message, sink);
  const body = sink.bytes.subarray(MESSAGE_PREFIX_BYTES, sink.position);
  const sent = compressor === undefined ? body : compressor.compress(body);
  const framed = Buffer.allocUnsafeSlow(MESSAGE_PREFIX_BYTES + sent.length);
  writePrefix(framed, 0, compressor === undefined ? 0 : COMPRESSED, sent.length);
  framed.set(sent, MESSAGE_PREFIX_BYTES);
  return framed;
}

/** Shared: encoding is synchronous and the bytes are copied out before it ends. */
const scratch = new ByteSink();

function sendCompressed(
  sender: Http2Sender,
  stream: Http2Stream,
  codec: Codec,
  message: unknown,
  compressor: Compressor,
  endStream: boolean,
): boolean {
  return sender.sendData(stream, frameMessage(codec, message, compressor), endStream);
}

function writePrefix(bytes: Buffer, at: number, flags: number, length: number): void {
  bytes[at] = flags;
  bytes[at + 1] = length >>> 24;
  bytes[at + 2] = length >>> 16;
  bytes[at + 3] = length >>> 8;
  bytes[at + 4] = length;
}
