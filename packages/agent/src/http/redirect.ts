import type { HttpResponse } from "./message.js";

/** As Go's server redirects an unclean path: 307, so that a PUT stays one. */
export function redirect(request: { readonly method: string; readonly rawQuery: string }, path: string): HttpResponse {
  const location = encodeURI(path) + (request.rawQuery === "" ? "" : `?${request.rawQuery}`);
  const shown = location.replace(/[&<>"']/g, (c) => ENTITIES[c]!);
  const body = request.method === "GET" ? `<a href="${shown}">Temporary Redirect</a>.\n\n` : "";
  const type = request.method === "GET" || request.method === "HEAD" ? ["Content-Type", "text/html; charset=utf-8"] : [];
  return { status: 307, headers: [...type, "Location", location], body };
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };
