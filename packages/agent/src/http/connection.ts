/**
 * One HTTP/1.1 connection without its socket: bytes in, answers out, one request at a time.
 *
 *     head ──▶ body ──▶ answering ──▶ head ...
 *       └── malformed ──▶ answered, closed       answering ──▶ close, when the client or the answer says so
 *
 * Pipelined requests wait unread while one is answered; the socket is paused when they outgrow a head.
 */
import { ChunkedBody } from "./chunked-body.js";
import type { HttpHandler, HttpRequest, HttpResponse } from "./message.js";
import { Query } from "./query.js";
import { API_HEADERS } from "./reply.js";
import { MalformedRequest, parseHead, type RequestHead } from "./request-head.js";
import { headText } from "./response-text.js";
import { decodeTarget, earlyAnswer, fieldOf, isAscii } from "./target.js";

/** Largest head of a request. */
export const HEAD_BYTES_MAX: number = 64 * 1024;

/** Answers up to this size are sent with their head in one piece. */
const JOINED_BYTES_MAX = 64 * 1024;

/** What a connection needs of its socket. */
export interface Wire {
  write(data: string | Buffer, encoding?: BufferEncoding): boolean;
  /** Sends what is waiting, then closes. */
  end(): void;
  pause(): void;
  resume(): void;
  /** Resolves when what was written has been taken, or the wire is closed. */
  drained(): Promise<void>;
}

export interface ConnectionOptions {
  readonly handler: HttpHandler;
  /** The largest body of a request; a longer one is answered by `refuseBody` without being read. */
  bodyBytesMax(method: string, path: string): number;
  refuseBody(method: string, path: string, length: number, limit: number): HttpResponse;
  /** Compresses an answer when the client takes it and it pays; undefined leaves it as it is. */
  compress(request: HttpRequest, response: HttpResponse): Promise<Buffer> | undefined;
  now(): number;
}

interface Incoming {
  readonly head: RequestHead;
  readonly path: string;
  readonly rawQuery: string;
  readonly limit: number;
}

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #wire: Wire;
  readonly #remoteAddress: string;
  readonly #gone = new Set<() => void>();
  #unread: Buffer | undefined;
  /** The request whose body is being received. */
  #incoming: Incoming | undefined;
  #parts: Buffer[] = [];
  #missing = 0;
  #chunked: ChunkedBody | undefined;
  #answering = false;
  #closed = false;
  #paused = false;

  constructor(options: ConnectionOptions, wire: Wire, remoteAddress: string) {
    this.#options = options;
    this.#wire = wire;
    this.#remoteAddress = remoteAddress;
  }

  /** Whether it waits for a client that began to send and has not finished, for one that says nothing, or for an answer. */
  get phase(): "idle" | "receiving" | "answering" {
    if (this.#answering) return "answering";
    return this.#unread !== undefined || this.#incoming !== undefined ? "receiving" : "idle";
  }

  receive(chunk: Buffer): void {
    if (this.#closed) return;
    this.#unread = this.#unread === undefined ? chunk : Buffer.concat([this.#unread, chunk]);
    if (!this.#answering) this.#advance();
    else if (this.#unread.length > HEAD_BYTES_MAX && !this.#paused) {
      this.#paused = true;
      this.#wire.pause();
    }
  }

  /** The other side has gone. */
  close(): void {
    this.#closed = true;
    for (const gone of [...this.#gone]) gone();
    this.#gone.clear();
  }

  #advance(): void {
    try {
      while (!this.#answering && !this.#closed && this.#unread !== undefined) {
        if (this.#incoming === undefined ? !this.#readHead() : !this.#readBody(this.#incoming)) return;
      }
    } catch (error) {
      if (!(error instanceof MalformedRequest)) throw error;
      this.#refuseAll({ status: error.status, headers: PLAIN, body: error.message });
    }
  }

  /** False when more bytes are needed. */
  #readHead(): boolean {
    let unread = this.#unread!;
    // RFC 9112 §2.2: an empty line before a request is skipped.
    while (unread.length >= 2 && unread[0] === 13 && unread[1] === 10) unread = unread.subarray(2);
    if (unread.length === 0) {
      this.#unread = undefined;
      return false;
    }
    this.#unread = unread;
    const end = unread.indexOf("\r\n\r\n", 0, "latin1");
    if (end > HEAD_BYTES_MAX || (end < 0 && unread.length > HEAD_BYTES_MAX)) {
      throw new MalformedRequest(431, "431 Request Header Fields Too Large");
    }
    if (end < 0) return false;
    const head = parseHead(unread.toString("latin1", 0, end));
    this.#consume(end + 4);
    this.#begin(head);
    return true;
  }

  #begin(head: RequestHead): void {
    const { target } = head;
    const mark = target.indexOf("?");
    const rawPath = mark < 0 ? target : target.slice(0, mark);
    const rawQuery = mark < 0 ? "" : target.slice(mark + 1);
    const path = decodeTarget(rawPath);
    if (!path.startsWith("/") && path !== "*") throw new MalformedRequest(400, "400 Bad Request");
    const limit = this.#options.bodyBytesMax(head.method, path);
    const incoming: Incoming = { head, path, rawQuery, limit };
    if (head.body === 0) return this.#answer(incoming, NO_BODY);
    if (head.body === "chunked") this.#chunked = new ChunkedBody(limit);
    else if (head.body > limit) return this.#refuseAll(this.#options.refuseBody(head.method, path, head.body, limit));
    else this.#missing = head.body;
    this.#incoming = incoming;
    if (head.expectsContinue && this.#unread === undefined) this.#wire.write("HTTP/1.1 100 Continue\r\n\r\n", "latin1");
  }

  #readBody(incoming: Incoming): boolean {
    const unread = this.#unread!;
    if (this.#chunked !== undefined) {
      this.#consume(this.#chunked.read(unread));
      const { length, isDone, isTooLong } = this.#chunked;
      if (isTooLong) {
        this.#refuseAll(this.#options.refuseBody(incoming.head.method, incoming.path, length, incoming.limit));
        return false;
      }
      if (!isDone) return false;
      const body = this.#chunked.content();
      this.#chunked = undefined;
      this.#finishBody(incoming, body);
      return true;
    }
    const taken = Math.min(this.#missing, unread.length);
    this.#parts.push(unread.subarray(0, taken));
    this.#missing -= taken;
    this.#consume(taken);
    if (this.#missing > 0) return false;
    const body = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#finishBody(incoming, body);
    return true;
  }

  #finishBody(incoming: Incoming, body: Buffer): void {
    this.#incoming = undefined;
    this.#answer(incoming, body);
  }

  #consume(bytes: number): void {
    const unread = this.#unread!;
    this.#unread = bytes === unread.length ? undefined : unread.subarray(bytes);
  }

  #answer({ head, path, rawQuery }: Incoming, body: Buffer): void {
    const early = earlyAnswer(head.method, path, rawQuery);
    if (early !== undefined) return this.#send(head, early);
    let query: Query;
    try {
      query = Query.parse(rawQuery);
    } catch {
      return this.#send(head, { status: 500, headers: [...PLAIN, ...API_HEADERS], body: "" });
    }
    const request: HttpRequest = {
      method: head.method,
      path,
      query,
      rawQuery,
      header: (name) => fieldOf(head.fields, name),
      body,
      remoteAddress: this.#remoteAddress,
      onClose: (gone) => {
        this.#gone.add(gone);
        return () => this.#gone.delete(gone);
      },
    };
    this.#answering = true;
    const response = this.#options.handler(request);
    if (response instanceof Promise) response.then((settled) => this.#finish(request, head, settled));
    else this.#finish(request, head, response);
  }

  #finish(request: HttpRequest, head: RequestHead, response: HttpResponse): void {
    if (this.#closed) return;
    const { body } = response;
    if (typeof body !== "string" && !Buffer.isBuffer(body)) {
      void this.#stream(head, response, body);
      return;
    }
    const compressed = this.#options.compress(request, response);
    if (compressed === undefined) return this.#send(head, response);
    void compressed.then((bytes) =>
      this.#send(head, { ...response, headers: [...response.headers, "Content-Encoding", "gzip"], body: bytes }),
    );
  }

  #send(head: RequestHead, { status, headers, body }: HttpResponse): void {
    if (this.#closed) return;
    const sent = body as string | Buffer;
    const length = typeof sent === "string" ? Buffer.byteLength(sent) : sent.length;
    const framing = status === 304 || status === 204 ? "" : `Content-Length: ${length}\r\n`;
    const text = headText(status, headers, framing, head.keepsAlive, this.#options.now());
    if (head.method === "HEAD") this.#wire.write(text, "latin1");
    else this.#write(text, sent, length);
    this.#answered(head.keepsAlive);
  }

  /** In one piece: one system call, and one packet for what fits into it. */
  #write(text: string, body: string | Buffer, length: number): void {
    if (typeof body === "string") {
      // Heads are latin1 and bodies UTF-8; where both are ASCII, one string is both.
      if (length === body.length && isAscii(text)) this.#wire.write(text + body, "latin1");
      else this.#wire.write(Buffer.concat([Buffer.from(text, "latin1"), Buffer.from(body)]));
      return;
    }
    if (length > JOINED_BYTES_MAX) {
      this.#wire.write(text, "latin1");
      this.#wire.write(body);
      return;
    }
    const joined = Buffer.allocUnsafe(text.length + length);
    joined.write(text, 0, "latin1");
    body.copy(joined, text.length);
    this.#wire.write(joined);
  }

  async #stream(head: RequestHead, response: HttpResponse, body: AsyncIterable<string | Buffer>): Promise<void> {
    const chunked = head.minorVersion === 1;
    const keepsAlive = head.keepsAlive && chunked;
    const framing = chunked ? "Transfer-Encoding: chunked\r\n" : "";
    this.#wire.write(headText(response.status, response.headers, framing, keepsAlive, this.#options.now()), "latin1");
    for await (const part of body) {
      if (this.#closed) return;
      const bytes = typeof part === "string" ? Buffer.from(part) : part;
      if (bytes.length === 0) continue;
      if (chunked) this.#wire.write(`${bytes.length.toString(16)}\r\n`, "latin1");
      const taken = this.#wire.write(bytes);
      if (chunked) this.#wire.write("\r\n", "latin1");
      if (!taken) await this.#wire.drained();
    }
    if (this.#closed) return;
    if (chunked) this.#wire.write("0\r\n\r\n", "latin1");
    this.#answered(keepsAlive);
  }

  #answered(keepsAlive: boolean): void {
    this.#gone.clear();
    this.#answering = false;
    if (!keepsAlive) {
      this.#closed = true;
      this.#wire.end();
      return;
    }
    if (this.#paused) {
      this.#paused = false;
      this.#wire.resume();
    }
    // From a fresh turn when more is waiting, so that a flood of pipelined requests does not grow the stack.
    if (this.#unread !== undefined) setImmediate(() => this.#continue());
  }

  #continue(): void {
    if (!this.#answering && !this.#closed) this.#advance();
  }

  /** Answers and closes: what follows on the connection cannot be trusted, or is not worth reading. */
  #refuseAll({ status, headers, body }: HttpResponse): void {
    const sent = body as string;
    const framing = `Content-Length: ${Buffer.byteLength(sent)}\r\n`;
    this.#wire.write(headText(status, headers, framing, false, this.#options.now()) + sent, "utf8");
    this.#unread = undefined;
    this.#closed = true;
    this.#wire.end();
  }
}

const NO_BODY = Buffer.alloc(0);
const PLAIN: readonly string[] = ["Content-Type", "text/plain; charset=utf-8"];
