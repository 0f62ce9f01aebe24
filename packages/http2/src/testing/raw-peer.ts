import { Http2Connection } from "../connection.js";
import type { ConnectionListener, HeaderBlock, Http2Stream } from "../connection-listener.js";
import type { Role } from "../core.js";
import { Http2ErrorCode } from "../error-code.js";
import { PREFACE } from "../frame/frame-reader.js";
import { Flag, FRAME_HEADER_BYTES, FrameType, readUint31, readUint32, writeFrameHeader, writeUint32 } from "../frame/frame-type.js";
import { HeaderDecoder } from "../hpack/header-decoder.js";
import { prepareHeaders } from "../hpack/prepared-headers.js";
import type { Http2Limits } from "../limits.js";

/** Any frame, right or wrong. */
export function frame(type: number, flags: number, streamId: number, payload: Uint8Array | readonly number[] = []): Buffer {
  const bytes = Buffer.alloc(FRAME_HEADER_BYTES + payload.length);
  writeFrameHeader(bytes, 0, payload.length, type, flags, streamId);
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}

export const settings = (...pairs: readonly (readonly [number, number])[]): Buffer =>
  frame(
    FrameType.SETTINGS,
    0,
    0,
    pairs.flatMap(([name, value]) => [0, name, ...uint32(value)]),
  );
export const settingsAck = (): Buffer => frame(FrameType.SETTINGS, Flag.ACK, 0);
export const ping = (last = 9): Buffer => frame(FrameType.PING, 0, 0, [9, 9, 9, 9, 9, 9, 9, last]);
export const rst = (streamId: number, code: number = Http2ErrorCode.CANCEL): Buffer =>
  frame(FrameType.RST_STREAM, 0, streamId, uint32(code));
export const windowUpdate = (streamId: number, by: number): Buffer => frame(FrameType.WINDOW_UPDATE, 0, streamId, uint32(by));
export const data = (streamId: number, payload: Uint8Array | string, endStream = false): Buffer =>
  frame(FrameType.DATA, endStream ? Flag.END_STREAM : 0, streamId, Buffer.from(payload as string));
export const headers = (streamId: number, fields: readonly string[], endStream = false): Buffer =>
  frame(FrameType.HEADERS, Flag.END_HEADERS | (endStream ? Flag.END_STREAM : 0), streamId, prepareHeaders(fields).bytes);

export const GET: readonly string[] = [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "localhost"];
export const POST: readonly string[] = [":method", "POST", ":scheme", "http", ":path", "/", ":authority", "localhost"];
export const OK: readonly string[] = [":status", "200"];

function uint32(value: number): number[] {
  const bytes = Buffer.alloc(4);
  writeUint32(bytes, 0, value);
  return [...bytes];
}

const typeNames: readonly string[] = Object.keys(FrameType);
const codeNames: readonly string[] = Object.keys(Http2ErrorCode);

/** One core under test, spoken to in raw frames; what it says and reports is kept as lines of a transcript. */
export class RawPeer {
  readonly connection: Http2Connection;
  /** "HEADERS 1 END_STREAM :status=200", "DATA 1 5", "listener onHeaders 1", ... */
  readonly lines: string[] = [];
  readonly streams: Map<number, Http2Stream> = new Map();
  closed: { code: Http2ErrorCode; reason: string } | undefined;
  nowMs = 1000;
  private readonly decoder = new HeaderDecoder(1 << 20, 1 << 20);

  constructor(role: Role, limits: Partial<Http2Limits> = {}, more: Partial<ConnectionListener> = {}) {
    const listener: ConnectionListener = {
      onHeaders: (stream, block, end) => this.note(stream, `onHeaders ${stream.id} ${end ? "end " : ""}${show(block)}`),
      onInformational: (stream, block) => this.note(stream, `onInformational ${stream.id} ${show(block)}`),
      onTrailers: (stream, block) => this.note(stream, `onTrailers ${stream.id} ${show(block)}`),
      onData: (stream, _bytes, start, end, ends) => this.note(stream, `onData ${stream.id} ${end - start}${ends ? " end" : ""}`),
      onReset: (stream, code, byPeer, unprocessed) =>
        this.note(stream, `onReset ${stream.id} ${name(code)} ${byPeer ? "by peer" : "by us"}${unprocessed ? " unprocessed" : ""}`),
      onDrain: (stream) => this.note(stream, `onDrain ${stream.id}`),
      onGoaway: (last, code, debug) => this.lines.push(`listener onGoaway ${last} ${name(code)} ${debug}`.trim()),
      onStreamsAvailable: () => this.lines.push("listener onStreamsAvailable"),
      onPong: () => this.lines.push("listener onPong"),
      onClose: (code, reason) => {
        this.closed = { code, reason };
        this.lines.push(`listener onClose ${name(code)} ${reason}`);
      },
      ...more,
    };
    this.connection = new Http2Connection({ role, limits, nowMs: this.nowMs }, () => listener);
  }

  /** The handshake is done and forgotten. */
  static ready(role: Role, limits: Partial<Http2Limits> = {}, more: Partial<ConnectionListener> = {}): RawPeer {
    const peer = new RawPeer(role, limits, more);
    if (role === "server") peer.send(PREFACE);
    peer.send(settings(), settingsAck());
    peer.lines.length = 0;
    return peer;
  }

  /** The frames in one read; what comes of them is appended to `lines`. */
  send(...frames: readonly Buffer[]): this {
    const bytes = Buffer.concat(frames);
    this.connection.receive(bytes, 0, bytes.length, this.nowMs);
    this.drain();
    return this;
  }

  /** The frames, while the peer reads nothing. */
  sendUnread(...frames: readonly Buffer[]): this {
    const bytes = Buffer.concat(frames);
    this.connection.receive(bytes, 0, bytes.length, this.nowMs);
    return this;
  }

  /** Time passes. */
  wait(ms: number): this {
    this.nowMs += ms;
    this.connection.tick(this.nowMs);
    return this;
  }

  drain(): this {
    for (let batch = this.connection.takeOutput(); batch !== undefined; batch = this.connection.takeOutput()) {
      const chunks = batch.chunks();
      this.read(Buffer.concat(chunks));
      batch.recycle();
    }
    return this;
  }

  /** The lines so far; they are forgotten. */
  take(): string[] {
    return this.lines.splice(0);
  }

  get closedWith(): string | undefined {
    return this.closed === undefined ? undefined : name(this.closed.code);
  }

  private note(stream: Http2Stream, text: string): void {
    this.streams.set(stream.id, stream);
    this.lines.push(`listener ${text}`.trimEnd());
  }

  private read(bytes: Buffer): void {
    let at = bytes.subarray(0, PREFACE.length).equals(PREFACE) ? PREFACE.length : 0;
    while (at < bytes.length) {
      const length = bytes.readUIntBE(at, 3);
      this.readFrame(
        bytes[at + 3]!,
        bytes[at + 4]!,
        readUint31(bytes, at + 5),
        bytes.subarray(at + FRAME_HEADER_BYTES, at + FRAME_HEADER_BYTES + length),
      );
      at += FRAME_HEADER_BYTES + length;
    }
  }

  private readFrame(type: number, flags: number, streamId: number, payload: Buffer): void {
    const words = [typeNames[type] ?? `type${type}`, String(streamId)];
    if ((type === FrameType.SETTINGS || type === FrameType.PING) && (flags & Flag.ACK) !== 0) words.push("ACK");
    if ((type === FrameType.DATA || type === FrameType.HEADERS) && (flags & Flag.END_STREAM) !== 0) words.push("END_STREAM");
    if (type === FrameType.HEADERS && (flags & Flag.END_HEADERS) !== 0) {
      const list = this.decoder.decode(payload, 0, payload.length);
      words.push(list === undefined ? "no HPACK" : show(list));
    }
    if (type === FrameType.DATA || type === FrameType.CONTINUATION) words.push(String(payload.length));
    if (type === FrameType.RST_STREAM) words.push(name(readUint32(payload, 0)));
    if (type === FrameType.WINDOW_UPDATE) words.push(String(readUint32(payload, 0)));
    if (type === FrameType.GOAWAY) words.push(String(readUint31(payload, 0)), name(readUint32(payload, 4)));
    this.lines.push(words.join(" "));
  }
}

function show(block: HeaderBlock): string {
  const pairs: string[] = [];
  for (let at = 0; at < block.fields.length; at += 2) pairs.push(`${block.fields[at]}=${block.fields[at + 1]}`);
  return pairs.join(" ");
}

function name(code: number): string {
  return codeNames[code] ?? String(code);
}
