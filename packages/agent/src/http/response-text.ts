/** Response heads as text, and the Date that all answers of a second share. */
import { STATUS_CODES } from "node:http";

let shownSecond = -1;
let shownDate = "";

/** RFC 9110 §5.6.7, made once a second. */
function dateAt(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== shownSecond) {
    shownSecond = second;
    shownDate = new Date(second * 1000).toUTCString();
  }
  return shownDate;
}

/** The head up to and with its empty line. `framing` is the line that says where the body ends. */
export function headText(status: number, headers: readonly string[], framing: string, keepsAlive: boolean, nowMs: number): string {
  let text = status === 200 ? "HTTP/1.1 200 OK\r\n" : `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Unknown"}\r\n`;
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${safe(headers[i + 1]!)}\r\n`;
  text += `Date: ${dateAt(nowMs)}\r\n${framing}`;
  return keepsAlive ? `${text}\r\n` : `${text}Connection: close\r\n\r\n`;
}

/** Values that carry a user's words must not end the line. */
function safe(value: string): string {
  return UNSAFE.test(value) ? value.replace(UNSAFE_ALL, (c) => (c > "\xff" ? "?" : " ")) : value;
}

const UNSAFE = /[^\t\x20-\x7e\x80-\xff]/;
const UNSAFE_ALL = /[^\t\x20-\x7e\x80-\xff]/gu;
