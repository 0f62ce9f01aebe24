import type { Query } from "./query.js";

/** One request as the router sees it; where it came from does not show. */
export interface HttpRequest {
  readonly method: string;
  /** Percent-decoded and without dot segments. */
  readonly path: string;
  readonly query: Query;
  /** The raw query string, without "?". */
  readonly rawQuery: string;
  /** The value of a header, by lower-case name. */
  header(name: string): string | undefined;
  readonly body: Buffer;
  /** The client's IP address; "" on a unix socket. */
  readonly remoteAddress: string;
  /** Calls back once when the client goes away before it was answered; the returned function forgets the callback. */
  onClose(gone: () => void): () => void;
}

export interface HttpResponse {
  readonly status: number;
  /** Names and values in turn. Content-Length, Date and Connection are the edge's. */
  readonly headers: readonly string[];
  /** An iterable is sent in chunks, each as soon as it is there. */
  readonly body: string | Buffer | AsyncIterable<string | Buffer>;
}

export type HttpHandler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/** The request is refused; the message is the answer's body. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly headers: readonly string[];
  constructor(status: number, message: string, headers: readonly string[] = []) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}
