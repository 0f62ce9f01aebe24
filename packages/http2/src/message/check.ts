import type { HeaderList, MessagePart } from "../hpack/header-list.js";
import { isConnectionSpecific, isFieldName, isFieldValue } from "./field.js";

/** Largest content-length that stays exact. */
const CONTENT_LENGTH = /^[0-9]{1,15}$/;
const STATUS = /^[1-9][0-9][0-9]$/;
const requestPseudo: readonly string[] = [":method", ":scheme", ":authority", ":path"];
const responsePseudo: readonly string[] = [":status"];

/** Whether `list` is well formed as `part` (RFC 9113 §8); `list.fault` says why not. Runs once for a cached block. */
export function isWellFormed(list: HeaderList, part: MessagePart): boolean {
  if (list.checkedAs !== part) {
    list.checkedAs = part;
    list.fault = findFault(list, part);
  }
  return list.fault === "";
}

function findFault(list: HeaderList, part: MessagePart): string {
  const allowed = part === "request" ? requestPseudo : part === "response" ? responsePseudo : [];
  const pseudo = new Map<string, string>();
  const { fields } = list;
  let regular = false;
  let hosts = 0;
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!;
    const value = fields[at + 1]!;
    if (!isFieldValue(value)) return `the value of ${name} holds a forbidden character`;
    if (name.charCodeAt(0) === 0x3a) {
      if (regular) return `${name} after a regular field`;
      if (!allowed.includes(name)) return `${name} in a ${part} header list`;
      if (pseudo.has(name)) return `${name} twice`;
      pseudo.set(name, value);
      continue;
    }
    regular = true;
    if (!isFieldName(name)) return "a field name holds a forbidden character";
    if (isConnectionSpecific(name, value)) return `connection-specific field ${name}`;
    if (name === "host" && ++hosts > 1) return "host twice";
    if (name === "content-length") {
      const length = CONTENT_LENGTH.test(value) ? Number(value) : -1;
      if (length < 0 || (list.contentLength >= 0 && list.contentLength !== length)) return "content-length is no single number";
      list.contentLength = length;
    }
  }
  if (part === "request") return requestFault(pseudo);
  if (part === "response") return responseFault(list, pseudo);
  return "";
}

/** RFC 9113 §8.3.1; CONNECT §8.5. */
function requestFault(pseudo: ReadonlyMap<string, string>): string {
  const method = pseudo.get(":method");
  if (method === undefined || method === "") return "no :method";
  if (method === "CONNECT") {
    if (pseudo.has(":scheme") || pseudo.has(":path")) return "CONNECT with :scheme or :path";
    return pseudo.get(":authority") ? "" : "CONNECT without :authority";
  }
  if (!pseudo.get(":scheme")) return "no :scheme";
  return pseudo.get(":path") ? "" : "no :path, or an empty one";
}

/** RFC 9113 §8.3.2; 101 does not exist in HTTP/2 (§8.6). */
function responseFault(list: HeaderList, pseudo: ReadonlyMap<string, string>): string {
  const status = pseudo.get(":status");
  if (status === undefined || !STATUS.test(status) || status === "101") return ":status is missing or no status";
  list.status = Number(status);
  return "";
}
