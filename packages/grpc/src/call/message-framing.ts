/**
 * Length-Prefixed-Message (PROTOCOL-HTTP2.md): one byte of flags, four bytes of
 * length, the message. Messages and DATA frames need not begin or end together.
 */
export const MESSAGE_PREFIX_BYTES = 5;
export const COMPRESSED = 1;

/** Bodies from this size on are used again: below, the allocator is as fast. */
const REUSED_BODY_BYTES_MIN: number = 64 * 1024;
/** Bodies kept for the next large message take this much together at most. */
const SPARE_BODIES_BYTES_MAX: number = 8 * 1024 * 1024;

/** Who receives messages; the reader keeps its state in `partial`. */
export interface MessageReceiver {
  /** Undefined between messages. */
  partial: PartialMessage | undefined;
  readonly messageBytesMax: number;
  /** `bytes` belongs to the transport and is overwritten afterwards. False: no more, please. */
  onMessage(flags: number, bytes: Buffer, start: number, end: number): boolean;
  onMessageTooLarge(length: number): void;
}

/** A message of which only a part has arrived. */
export class PartialMessage {
  private readonly prefix: Buffer = Buffer.allocUnsafe(MESSAGE_PREFIX_BYTES);
  private prefixBytes = 0;
  /** As long as the message, or longer: see `bodyFor`. */
  private body: Buffer | undefined;
  private bodyBytes = 0;

  get flags(): number {
    return this.prefix[0] as number;
  }

  /** Known once the prefix is whole; -1 before. */
  get length(): number {
    return this.prefixBytes < MESSAGE_PREFIX_BYTES ? -1 : this.prefix.readUInt32BE(1);
  }

  /** Begins with the whole message; undefined while bytes are missing. */
  get whole(): Buffer | undefined {
    return this.bodyBytes === this.length ? this.body : undefined;
  }

  /** Takes prefix bytes only; the new offset. */
  takePrefix(bytes: Buffer, start: number, end: number): number {
    const count = Math.min(MESSAGE_PREFIX_BYTES - this.prefixBytes, end - start);
    bytes.copy(this.prefix, this.prefixBytes, start, start + count);
    this.prefixBytes += count;
    return start + count;
  }

  /** Takes body bytes; the new offset. The body is allocated at once: untouched pages of a large allocation cost nothing. */
  takeBody(bytes: Buffer, start: number, end: number): number {
    const { length } = this;
    this.body ??= bodyFor(length);
    const count = Math.min(length - this.bodyBytes, end - start);
    bytes.copy(this.body, this.bodyBytes, start, start + count);
    this.bodyBytes += count;
    return start + count;
  }
}

/**
 * Bodies that were decoded, shared by all connections. Each new one counts as
 * memory outside of the heap, and soon the collector runs for nothing else.
 */
const spares: Buffer[] = [];
let sparesBytes = 0;

/** At most twice as long as it must be: small messages do not hold large bodies. */
function bodyFor(length: number): Buffer {
  for (let index = spares.length - 1; index >= 0; index--) {
    const spare = spares[index]!;
    if (spare.length < length || spare.length > 2 * length) continue;
    spares.splice(index, 1);
    sparesBytes -= spare.length;
    return spare;
  }
  return Buffer.allocUnsafeSlow(length);
}

function keepBody(body: Buffer): void {
  if (body.length < REUSED_BODY_BYTES_MIN || body.length > SPARE_BODIES_BYTES_MAX) return;
  // The oldest go: a size that has come once need not come again.
  while (sparesBytes + body.length > SPARE_BODIES_BYTES_MAX) sparesBytes -= spares.shift()!.length;
  spares.push(body);
  sparesBytes += body.length;
}

/** Hands every whole message of `bytes[start, end)` to `receiver` and keeps the rest. */
export function readMessages(receiver: MessageReceiver, bytes: Buffer, start: number, end: number): void {
  let at = start;
  if (receiver.partial !== undefined) {
    at = continuePartial(receiver, receiver.partial, bytes, at, end);
    if (at < 0) return;
  }
  while (end - at >= MESSAGE_PREFIX_BYTES) {
    const length =
      (bytes[at + 1] as number) * 0x1000000 +
      (((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number));
    if (length > receiver.messageBytesMax) return receiver.onMessageTooLarge(length);
    const body = at + MESSAGE_PREFIX_BYTES;
    if (end - body < length) break;
    at = body + length;
    if (!receiver.onMessage(bytes[body - MESSAGE_PREFIX_BYTES] as number, bytes, body, at)) return;
  }
  if (at < end) {
    receiver.partial = new PartialMessage();
    continuePartial(receiver, receiver.partial, bytes, at, end);
  }
}

/** The new offset, or -1 when the receiver wants no more. */
function continuePartial(receiver: MessageReceiver, partial: PartialMessage, bytes: Buffer, start: number, end: number): number {
  let at = partial.length < 0 ? partial.takePrefix(bytes, start, end) : start;
  const length = partial.length;
  if (length < 0) return at;
  if (length > receiver.messageBytesMax) {
    receiver.onMessageTooLarge(length);
    return -1;
  }
  at = partial.takeBody(bytes, at, end);
  const whole = partial.whole;
  if (whole === undefined) return at;
  receiver.partial = undefined;
  const more = receiver.onMessage(partial.flags, whole, 0, length);
  keepBody(whole);
  return more ? at : -1;
}
