import { type HeaderBlock, Http2ErrorCode, type Http2Stream, prepareHeaders } from "@consulrpc/http2";
import { PLAIN_BODY_BYTES_MAX, type PlainResponse } from "./fallback.js";
import type { ServerConnection, StreamOwner } from "./server-connection.js";

const UNSUPPORTED: PlainResponse = {
  status: 415,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: "This is a gRPC server: POST with content-type application/grpc.\n",
};

/** One request that is not gRPC, and its answer. */
export class PlainExchange implements StreamOwner {
  private readonly connection: ServerConnection;
  private readonly stream: Http2Stream;
  private readonly block: HeaderBlock;
  private chunks: Buffer[] = [];
  private bodyBytes = 0;
  private done = false;

  constructor(connection: ServerConnection, stream: Http2Stream, block: HeaderBlock) {
    this.connection = connection;
    this.stream = stream;
    this.block = block;
  }

  begin(endStream: boolean): void {
    if (this.connection.core.fallback === undefined) this.answer(UNSUPPORTED);
    else if (endStream) this.onRequestEnd();
  }

  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.done) return;
    this.bodyBytes += end - start;
    if (this.bodyBytes > PLAIN_BODY_BYTES_MAX) return this.answer({ status: 413 });
    this.chunks.push(Buffer.from(bytes.subarray(start, end)));
    if (endStream) this.onRequestEnd();
  }

  onRequestEnd(): void {
    const { fallback, log } = this.connection.core;
    if (this.done || fallback === undefined) return;
    const { sender } = this.connection;
    sender.retain(this.stream);
    const request = {
      method: this.block.get(":method") ?? "",
      path: this.block.get(":path") ?? "",
      fields: this.block.fields,
      body: Buffer.concat(this.chunks),
      peer: this.connection.peer,
    };
    this.chunks = [];
    new Promise<PlainResponse>((resolve) => resolve(fallback(request)))
      .then((response) => this.answer(response))
      .catch((error: unknown) => {
        log(`the fallback handler failed for ${request.method} ${request.path}: ${String(error)}`);
        this.answer({ status: 500 });
      })
      .finally(() => sender.release(this.stream));
  }

  onReset(): void {
    this.done = true;
    this.chunks = [];
  }

  onDrain(): void {}

  private answer(response: PlainResponse): void {
    if (this.done) return;
    this.done = true;
    const { sender } = this.connection;
    const body = typeof response.body === "string" ? Buffer.from(response.body) : response.body;
    const bodiless = body === undefined || body.length === 0 || this.block.get(":method") === "HEAD";
    const fields = [":status", String(response.status), "content-length", String(body?.length ?? 0)];
    for (const [name, value] of Object.entries(response.headers ?? {})) fields.push(name.toLowerCase(), value);
    sender.sendHeaders(this.stream, prepareHeaders(fields), undefined, bodiless);
    if (!bodiless) sender.sendData(this.stream, body, true);
    // Whatever the client still wants to send, nobody reads it (RFC 9113 §8.1).
    if (!this.stream.remoteClosed && this.stream.queuedBytes === 0) sender.reset(this.stream, Http2ErrorCode.NO_ERROR);
  }
}
