/** /v1/status/ */

import { requestedDatacenter } from "./catalog.js";
import type { AgentContext } from "./context.js";
import { requireDatacenter } from "./datacenter.js";
import type { HttpRequest, HttpResponse } from "./message.js";
import { json } from "./reply.js";

export function statusLeader(context: AgentContext, request: HttpRequest): HttpResponse {
  requireDatacenter(context, requestedDatacenter(request));
  return json(request, context, raftAddress(context));
}

export function statusPeers(context: AgentContext, request: HttpRequest): HttpResponse {
  requireDatacenter(context, requestedDatacenter(request));
  return json(request, context, [raftAddress(context)]);
}

export function raftAddress(context: AgentContext): string {
  const { advertiseAddress, serverPort } = context.identity;
  const host = advertiseAddress.includes(":") ? `[${advertiseAddress}]` : advertiseAddress;
  return `${host}:${serverPort}`;
}
