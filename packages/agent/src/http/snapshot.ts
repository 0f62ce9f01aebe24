/** /v1/snapshot: the state out in one piece, and back in. */
import { ArchiveError, readArchive, writeArchive } from "../snapshot/archive.js";
import { freeze } from "../state/snapshot.js";
import type { AgentContext } from "./context.js";
import type { HttpRequest, HttpResponse } from "./message.js";
import { API_HEADERS, badRequest, empty } from "./reply.js";

export function snapshot(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  return request.method === "GET" ? save(context) : restore(context, request);
}

function save(context: AgentContext): HttpResponse {
  const slices = freeze(context.state);
  const headers = ["X-Consul-Index", String(context.state.index), "X-Consul-Knownleader", "true", "X-Consul-Lastcontact", "0"];
  return {
    status: 200,
    headers: ["Content-Type", "application/octet-stream", ...API_HEADERS, ...headers],
    body: pieces(writeArchive(slices)),
  };
}

async function* pieces(archive: Iterable<Buffer>): AsyncGenerator<Buffer> {
  for (const piece of archive) yield piece;
}

async function restore(context: AgentContext, request: HttpRequest): Promise<HttpResponse> {
  let slices: readonly Uint8Array[];
  try {
    slices = readArchive(request.body);
  } catch (error) {
    throw error instanceof ArchiveError ? badRequest(error.message) : error;
  }
  await context.restore(slices);
  return empty();
}
