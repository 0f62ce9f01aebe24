/** Families of a cluster of clusters, which a single node answers with nothing: peerings, exported services, federation. */
import { answerQuery, parseOptions } from "./blocking.js";
import { plainListing, requestedDatacenter } from "./catalog.js";
import type { AgentContext } from "./context.js";
import { requireDatacenter } from "./datacenter.js";
import type { HttpRequest, HttpResponse } from "./message.js";

export function nothing(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  return answerQuery(context, request, parseOptions(request), [], () => plainListing(context, request, 1, []));
}
