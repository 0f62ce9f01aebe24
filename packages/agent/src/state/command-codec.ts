/** Commands as bytes for the store: JSON, with 64-bit integers that a number cannot hold marked. */
import type { Command } from "./command.js";

const MARK = "\u0000bigint:";

export function encodeCommand(command: Command): Uint8Array {
  let text: string;
  try {
    text = JSON.stringify(command);
  } catch {
    text = JSON.stringify(command, (_, value) => (typeof value === "bigint" ? `${MARK}${value}` : value));
  }
  return Buffer.from(text);
}

export function decodeCommand(bytes: Uint8Array): Command {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  if (!text.includes("\\u0000bigint:")) return JSON.parse(text) as Command;
  return JSON.parse(text, (_, value) =>
    typeof value === "string" && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  ) as Command;
}
