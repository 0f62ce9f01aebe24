/**
 * The head of an HTTP/1.1 request (RFC 9112), read strictly: whatever two programs could read in two ways is refused, so that
 * nothing can be smuggled past a proxy in front.
 */

export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly minorVersion: 0 | 1;
  /** Lower-case names and values in turn. */
  readonly fields: readonly string[];
  readonly body: BodyLength;
  readonly keepsAlive: boolean;
  readonly expectsContinue: boolean;
}

/** A number of bytes, or chunks. */
export type BodyLength = number | "chunked";

/** The request cannot be understood; the connection is closed after the answer. */
export class MalformedRequest extends Error {
  override readonly name = "MalformedRequest";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}) (\S+) HTTP\/(\d)\.(\d)$/;
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that a value may not hold
const FORBIDDEN_IN_VALUE = /[\0-\x08\x0a-\x1f\x7f]/;
const FORBIDDEN_IN_TARGET = /[\0-\x20\x7f]/;

export const FIELDS_MAX = 100;

/**
 * Reads the head in `text` (latin1, without its empty last line).
 *
 * @throws MalformedRequest
 */
export function parseHead(text: string): RequestHead {
  const lineEnd = text.indexOf("\r\n");
  const line = lineEnd < 0 ? text : text.slice(0, lineEnd);
  const match = REQUEST_LINE.exec(line);
  if (match === null) throw new MalformedRequest(400, "400 Bad Request");
  const [, method, target, major, minor] = match as unknown as [string, string, string, string, string];
  if (major !== "1" || (minor !== "0" && minor !== "1")) {
    throw new MalformedRequest(505, "505 HTTP Version Not Supported: unsupported protocol version");
  }
  if (FORBIDDEN_IN_TARGET.test(target)) throw new MalformedRequest(400, "400 Bad Request");
  const fields = lineEnd < 0 ? [] : parseFields(text, lineEnd + 2);
  return interpret(method, target, minor === "1" ? 1 : 0, fields);
}

function parseFields(text: string, start: number): string[] {
  const fields: string[] = [];
  for (let at = start; at < text.length; ) {
    let end = text.indexOf("\r\n", at);
    if (end < 0) end = text.length;
    const colon = text.indexOf(":", at);
    if (colon < 0 || colon > end) throw new MalformedRequest(400, "400 Bad Request");
    const name = text.slice(at, colon);
    const value = text.slice(colon + 1, end).trim();
    if (!FIELD_NAME.test(name) || FORBIDDEN_IN_VALUE.test(value)) throw new MalformedRequest(400, "400 Bad Request");
    fields.push(name.toLowerCase(), value);
    if (fields.length > 2 * FIELDS_MAX) throw new MalformedRequest(431, "431 Request Header Fields Too Large");
    at = end + 2;
  }
  return fields;
}

function interpret(method: string, target: string, minorVersion: 0 | 1, fields: readonly string[]): RequestHead {
  let hosts = 0;
  let contentLength: number | undefined;
  let encoded = false;
  let keepsAlive = minorVersion === 1;
  let expectsContinue = false;
  for (let i = 0; i < fields.length; i += 2) {
    const value = fields[i + 1]!;
    switch (fields[i]) {
      case "host":
        hosts++;
        break;
      case "content-length": {
        if (!/^\d{1,15}$/.test(value)) throw new MalformedRequest(400, "400 Bad Request");
        if (contentLength !== undefined && contentLength !== Number(value)) throw new MalformedRequest(400, "400 Bad Request");
        contentLength = Number(value);
        break;
      }
      case "transfer-encoding":
        if (encoded || minorVersion === 0) throw new MalformedRequest(400, "400 Bad Request");
        if (value.toLowerCase() !== "chunked") throw new MalformedRequest(501, "501 Not Implemented: unsupported transfer encoding");
        encoded = true;
        break;
      case "connection": {
        const tokens = value.toLowerCase().split(/\s*,\s*/);
        if (tokens.includes("close")) keepsAlive = false;
        else if (minorVersion === 0 && tokens.includes("keep-alive")) keepsAlive = true;
        break;
      }
      case "expect":
        if (value.toLowerCase() !== "100-continue") throw new MalformedRequest(417, "417 Expectation Failed");
        expectsContinue = minorVersion === 1;
        break;
    }
  }
  if (hosts > 1) throw new MalformedRequest(400, "400 Bad Request: too many Host headers");
  if (hosts === 0 && minorVersion === 1) throw new MalformedRequest(400, "400 Bad Request: missing required Host header");
  // RFC 9112 §6.3: the two together are an attempt at smuggling or a mistake.
  if (encoded && contentLength !== undefined) throw new MalformedRequest(400, "400 Bad Request");
  return { method, target, minorVersion, fields, body: encoded ? "chunked" : (contentLength ?? 0), keepsAlive, expectsContinue };
}
