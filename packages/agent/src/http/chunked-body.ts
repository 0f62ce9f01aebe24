import { MalformedRequest } from "./request-head.js";

/** Longest line that gives a chunk's size; extensions are read over. */
const SIZE_LINE_BYTES_MAX = 256;
/** Bytes of trailer fields, which are dropped. */
const TRAILER_BYTES_MAX = 8 * 1024;

/**
 * Takes a chunked body apart (RFC 9112 §7.1).
 *
 *     size ──▶ data ──▶ size ... size 0 ──▶ trailer ──▶ done
 */
export class ChunkedBody {
  readonly #limit: number;
  readonly #parts: Buffer[] = [];
  #phase: "size" | "data" | "data-end" | "trailer" | "done" = "size";
  #left = 0;
  #trailerBytes = 0;
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes of content so far. */
  get length(): number {
    return this.#length;
  }

  get isDone(): boolean {
    return this.#phase === "done";
  }

  get isTooLong(): boolean {
    return this.#length > this.#limit;
  }

  /** The content; its parts are views of what was received. */
  content(): Buffer {
    return this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
  }

  /**
   * Reads on from `bytes`; returns how many it used. Unused bytes come again with the next ones.
   *
   * @throws MalformedRequest
   */
  read(bytes: Buffer): number {
    let at = 0;
    while (this.#phase !== "done" && !this.isTooLong) {
      const used = this.#step(bytes, at);
      if (used === 0) break;
      at += used;
    }
    return at;
  }

  #step(bytes: Buffer, at: number): number {
    switch (this.#phase) {
      case "size":
        return this.#readSize(bytes, at);
      case "data":
        return this.#readData(bytes, at);
      case "data-end":
        if (bytes.length - at < 2) return 0;
        if (bytes[at] !== 13 || bytes[at + 1] !== 10) throw new MalformedRequest(400, "400 Bad Request");
        this.#phase = "size";
        return 2;
      case "trailer":
        return this.#readTrailer(bytes, at);
      default:
        return 0;
    }
  }

  #readSize(bytes: Buffer, at: number): number {
    const end = bytes.indexOf("\r\n", at, "latin1");
    if (end < 0) {
      if (bytes.length - at > SIZE_LINE_BYTES_MAX) throw new MalformedRequest(400, "400 Bad Request");
      return 0;
    }
    const match = /^([0-9a-fA-F]{1,8})(?:[ \t]*;[\t\x20-\x7e]*)?$/.exec(bytes.toString("latin1", at, end));
    if (match === null || end - at > SIZE_LINE_BYTES_MAX) throw new MalformedRequest(400, "400 Bad Request");
    this.#left = Number.parseInt(match[1]!, 16);
    this.#phase = this.#left === 0 ? "trailer" : "data";
    return end + 2 - at;
  }

  #readData(bytes: Buffer, at: number): number {
    const size = Math.min(this.#left, bytes.length - at);
    if (size === 0) return 0;
    this.#parts.push(bytes.subarray(at, at + size));
    this.#length += size;
    this.#left -= size;
    if (this.#left === 0) this.#phase = "data-end";
    return size;
  }

  #readTrailer(bytes: Buffer, at: number): number {
    const end = bytes.indexOf("\r\n", at, "latin1");
    const size = end < 0 ? bytes.length - at : end + 2 - at;
    if (this.#trailerBytes + size > TRAILER_BYTES_MAX) throw new MalformedRequest(431, "431 Request Header Fields Too Large");
    if (end < 0) return 0;
    this.#trailerBytes += size;
    if (end === at) this.#phase = "done";
    return size;
  }
}
