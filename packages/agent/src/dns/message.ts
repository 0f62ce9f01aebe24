/** DNS messages as dns-packet reads and writes them. */

export interface DnsQuestion {
  readonly type: string;
  readonly name: string;
  readonly class?: string;
}

export type DnsRecord = { readonly name: string; readonly ttl: number } & (
  | { readonly type: "A" | "AAAA" | "NS" | "PTR" | "CNAME"; readonly data: string }
  | { readonly type: "TXT"; readonly data: readonly string[] }
  | {
      readonly type: "SRV";
      readonly data: { readonly priority: number; readonly weight: number; readonly port: number; readonly target: string };
    }
  | { readonly type: "SOA"; readonly data: SoaData }
);

export interface SoaData {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** RFC 6891's pseudo-record. */
export interface OptRecord {
  readonly type: "OPT";
  readonly name: ".";
  readonly udpPayloadSize: number;
  readonly flags: number;
  readonly options: readonly unknown[];
}

export interface DnsMessage {
  readonly id: number;
  readonly type: "query" | "response";
  readonly flags: number;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly (DnsRecord | OptRecord)[];
  readonly authorities: readonly (DnsRecord | OptRecord)[];
  readonly additionals: readonly (DnsRecord | OptRecord)[];
}

/** RFC 1035 §4.1.1 */
export const AUTHORITATIVE: number = 1 << 10;
export const TRUNCATED: number = 1 << 9;
export const RECURSION_DESIRED: number = 1 << 8;
export const RECURSION_AVAILABLE: number = 1 << 7;

export const RCODE = { noError: 0, formatError: 1, serverFailure: 2, nameError: 3, notImplemented: 4, refused: 5 } as const;
