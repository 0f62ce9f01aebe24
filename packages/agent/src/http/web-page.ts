/** `/` leads to the web page; a plain one stands at its place until it is built. */
import type { AgentContext } from "./context.js";
import type { HttpRequest, HttpResponse } from "./message.js";

const HTML = "text/html; charset=utf-8";

export function index(_context: AgentContext, request: HttpRequest): HttpResponse {
  const body = request.method === "GET" ? '<a href="/ui/">Moved Permanently</a>.\n\n' : "";
  return { status: 301, headers: ["Content-Type", HTML, "Location", "/ui/"], body };
}

export function page(context: AgentContext, _request: HttpRequest): HttpResponse {
  const { nodeName, datacenter } = context.identity;
  const title = `${escapeHtml(nodeName)} in ${escapeHtml(datacenter)}`;
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${title}</title>
<h1>${title}</h1>
<p>This agent answers Consul's HTTP API: <a href="/v1/catalog/services">services</a>, <a href="/v1/catalog/nodes">nodes</a>,
<a href="/v1/kv/?keys">keys</a>, <a href="/v1/health/state/any">checks</a>.</p>
</html>
`;
  return { status: 200, headers: ["Content-Type", HTML], body };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
