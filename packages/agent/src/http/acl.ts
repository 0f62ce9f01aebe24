/** /v1/acl/: answered as Consul does while ACLs are off. Enforcement comes with its own issue; its endpoints go here. */
import type { AgentContext } from "./context.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";

export function aclDisabled(_context: AgentContext, _request: HttpRequest): HttpResponse {
  throw new HttpError(401, "ACL support disabled");
}
