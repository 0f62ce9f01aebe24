import { goJson } from "./go-json.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";

const PLAIN = "text/plain; charset=utf-8";

/** What every answer of the API carries. */
export const API_HEADERS: readonly string[] = ["Vary", "Accept-Encoding", "X-Consul-Default-Acl-Policy", "allow"];

/** Whether JSON is indented: always (-dev), or when the request says ?pretty, which also ends the answer with a line feed. */
export interface JsonStyle {
  readonly pretty: boolean;
}

export function json(request: HttpRequest, style: JsonStyle, value: unknown, headers: readonly string[] = [], status = 200): HttpResponse {
  return {
    status,
    headers: ["Content-Type", "application/json", ...API_HEADERS, ...headers],
    body: renderJson(request, style, value),
  };
}

export function renderJson(request: HttpRequest, style: JsonStyle, value: unknown): string {
  const asked = !request.query.isEmpty && request.query.has("pretty");
  const body = goJson(value, asked || style.pretty);
  return asked ? `${body}\n` : body;
}

export function text(status: number, body: string, headers: readonly string[] = []): HttpResponse {
  return { status, headers: ["Content-Type", PLAIN, ...API_HEADERS, ...headers], body };
}

/** An answer that says nothing but its status. Consul names a type for an empty success, and none for what was not found. */
export function empty(status = 200, headers: readonly string[] = []): HttpResponse {
  const type = status === 200 ? ["Content-Type", "application/json"] : [];
  return { status, headers: [...type, ...API_HEADERS, ...headers], body: "" };
}

export function badRequest(message: string): HttpError {
  return new HttpError(400, message);
}

export function methodNotAllowed(method: string, allow: readonly string[]): HttpError {
  return new HttpError(405, `method ${method} not allowed`, ["Allow", allow.join(",")]);
}
