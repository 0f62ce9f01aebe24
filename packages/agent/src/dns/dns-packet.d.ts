declare module "dns-packet" {
  import type { DnsMessage } from "./message.js";
  export function encode(message: DnsMessage): Buffer;
  export function decode(bytes: Buffer): DnsMessage;
  export function encodingLength(message: DnsMessage): number;
}
