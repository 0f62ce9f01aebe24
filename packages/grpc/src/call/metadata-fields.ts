import { Metadata } from "./metadata.js";

/** Names that belong to the protocol; they are neither shown as metadata nor sent from it (PROTOCOL-HTTP2.md). */
const RESERVED: ReadonlySet<string> = new Set([
  "content-type",
  "te",
  "grpc-timeout",
  "grpc-encoding",
  "grpc-accept-encoding",
  "grpc-message-type",
  "grpc-status",
  "grpc-message",
  "host",
  "connection",
  "transfer-encoding",
]);
const COLON = 0x3a;

/** Header fields (name, value, ...) as metadata. Base64 with and without padding is accepted; a list is split at ",". */
export function metadataFromFields(fields: readonly string[]): Metadata {
  const metadata = new Metadata();
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string;
    const value = fields[at + 1] as string;
    if (name.charCodeAt(0) === COLON || RESERVED.has(name)) continue;
    if (!name.endsWith("-bin")) metadata.appendTrusted(name, value);
    else for (const part of value.split(",")) metadata.appendTrusted(name, new Uint8Array(Buffer.from(part, "base64")));
  }
  return metadata;
}

/** Appends metadata to header fields; binary values as base64 without padding. */
export function appendFields(fields: string[], metadata: Metadata): void {
  for (const [name, value] of metadata) {
    if (RESERVED.has(name)) continue;
    fields.push(name, typeof value === "string" ? value.trim() : base64(value));
  }
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64").replace(/=+$/, "");
}
