/** The edge: HTTP from the network to the router and back, on node:http. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { constants, gzipSync } from "node:zlib";
import type { HttpHandler, HttpRequest, HttpResponse } from "./message.js";
import { cleanPath } from "./path.js";
import { decodePercent, Query } from "./query.js";

export interface EdgeOptions {
  readonly handler: HttpHandler;
  /** The largest body of a request; a longer one is answered by `refuseBody` without being read. */
  bodyBytesMax(method: string, path: string): number;
  refuseBody(method: string, path: string, length: number, limit: number): HttpResponse;
}

export interface Edge {
  readonly port: number;
  close(): Promise<void>;
}

/** Answers below this are not worth compressing, as in Consul. */
const GZIP_BYTES_MIN = 1024;

export async function listen(options: EdgeOptions, host: string, port: number): Promise<Edge> {
  const server = createServer({ keepAliveTimeout: 120_000 }, (message, response) => {
    serve(options, message, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function serve(options: EdgeOptions, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = message.url ?? "/";
  const mark = target.indexOf("?");
  const rawPath = mark < 0 ? target : target.slice(0, mark);
  const rawQuery = mark < 0 ? "" : target.slice(mark + 1);
  let path: string;
  let query: Query;
  try {
    path = decodePercent(rawPath);
  } catch {
    return send(message, response, { status: 400, headers: ["Content-Type", "text/plain; charset=utf-8"], body: "400 Bad Request" });
  }
  try {
    query = Query.parse(rawQuery);
  } catch {
    return send(message, response, { status: 500, headers: ["Content-Type", "text/plain; charset=utf-8"], body: "" });
  }
  const clean = cleanPath(path);
  if (clean !== path) {
    const location = encodeURI(clean) + (mark < 0 ? "" : `?${rawQuery}`);
    return send(message, response, { status: 301, headers: ["Location", location], body: "" });
  }
  const method = message.method ?? "GET";
  const limit = options.bodyBytesMax(method, path);
  const announced = Number(message.headers["content-length"] ?? 0);
  if (announced > limit) return send(message, response, options.refuseBody(method, path, announced, limit));
  const body = announced === 0 && message.headers["transfer-encoding"] === undefined ? EMPTY : await readBody(message, limit);
  if (typeof body === "number") return send(message, response, options.refuseBody(method, path, body, limit));
  const request: HttpRequest = {
    method,
    path,
    query,
    rawQuery,
    header: (name) => {
      const value = message.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    body,
    remoteAddress: message.socket.remoteAddress ?? "",
    onClose: (gone) => {
      const closed = (): void => {
        if (!response.writableEnded) gone();
      };
      response.once("close", closed);
      return () => response.off("close", closed);
    },
  };
  const reply = options.handler(request);
  return send(message, response, reply instanceof Promise ? await reply : reply);
}

const EMPTY = Buffer.alloc(0);

/** The body, or its length so far when it exceeds the limit. */
async function readBody(message: IncomingMessage, limit: number): Promise<Buffer | number> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) return length;
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

async function send(message: IncomingMessage, response: ServerResponse, reply: HttpResponse): Promise<void> {
  if (response.destroyed) return;
  const { body } = reply;
  if (typeof body !== "string" && !Buffer.isBuffer(body)) {
    response.writeHead(reply.status, reply.headers as string[]);
    for await (const chunk of body) {
      if (response.destroyed) return;
      if (!response.write(chunk)) await new Promise((resolve) => response.once("drain", resolve));
    }
    response.end();
    return;
  }
  let bytes: Buffer | string = body;
  let length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  const headers = [...reply.headers];
  if (length > GZIP_BYTES_MIN && acceptsGzip(message)) {
    bytes = gzipSync(body, { level: constants.Z_BEST_SPEED });
    length = bytes.length;
    headers.push("Content-Encoding", "gzip");
  }
  headers.push("Content-Length", String(length));
  response.writeHead(reply.status, headers);
  response.end(message.method === "HEAD" ? undefined : bytes);
}

function acceptsGzip(message: IncomingMessage): boolean {
  const accepted = message.headers["accept-encoding"];
  return typeof accepted === "string" && /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\b)/.test(accepted);
}
