import { type Clock, realClock } from "../call/clock.js";
import { Metadata } from "../call/metadata.js";
import type { CallCredentials } from "./call-credentials.js";

export interface Token {
  readonly value: string;
  /** Milliseconds from now; absent: it does not expire. */
  readonly expiresInMs?: number;
}

export type TokenSource = () => Token | string | Promise<Token | string>;

export interface TokenOptions {
  /** Fetched again this long before it expires, while the old one still serves. @default 60 s */
  readonly refreshBeforeMs?: number;
  /** @default "Bearer" */
  readonly scheme?: string;
  /** @default the real one */
  readonly clock?: Clock;
}

const REFRESH_BEFORE_MS = 60_000;
/** Behind a failed refresh the old token serves this long before the next one, as long as it is good. */
const RETRY_MS = 1_000;

/**
 * "authorization: Bearer ..." on every call. However many calls wait for a
 * token, `source` is asked once; a call that finds a good one does not wait.
 */
export function bearerToken(source: TokenSource | string, options: TokenOptions = {}): CallCredentials {
  return new TokenCredentials(typeof source === "string" ? () => source : source, options);
}

class TokenCredentials implements CallCredentials {
  private readonly source: TokenSource;
  private readonly clock: Clock;
  private readonly refreshBeforeMs: number;
  private readonly scheme: string;
  private current: Metadata | undefined;
  private expiresAtMs = Number.NEGATIVE_INFINITY;
  private refreshAtMs = Number.NEGATIVE_INFINITY;
  private refresh: Promise<Metadata> | undefined;

  constructor(source: TokenSource, options: TokenOptions) {
    this.source = source;
    this.clock = options.clock ?? realClock;
    this.refreshBeforeMs = options.refreshBeforeMs ?? REFRESH_BEFORE_MS;
    this.scheme = options.scheme ?? "Bearer";
  }

  metadata(): Metadata | Promise<Metadata> {
    const now = this.clock.nowMs();
    if (this.current !== undefined && now < this.refreshAtMs) return this.current;
    this.refresh ??= this.fetch();
    if (this.current === undefined || now >= this.expiresAtMs) return this.refresh;
    // The old token is good for this call; whether the refresh fails matters to a later one.
    this.refresh.catch(() => {});
    return this.current;
  }

  private async fetch(): Promise<Metadata> {
    try {
      const token = await this.source();
      const { value, expiresInMs = Number.POSITIVE_INFINITY } = typeof token === "string" ? { value: token } : token;
      const now = this.clock.nowMs();
      this.current = new Metadata({ authorization: `${this.scheme} ${value}` });
      this.expiresAtMs = now + expiresInMs;
      this.refreshAtMs = now + Math.max(expiresInMs - this.refreshBeforeMs, expiresInMs / 2);
      return this.current;
    } catch (error) {
      this.refreshAtMs = this.clock.nowMs() + RETRY_MS;
      throw error;
    } finally {
      this.refresh = undefined;
    }
  }
}

/** "authorization: Basic ..." (RFC 7617) on every call. */
export function basicAuth(user: string, password: string): CallCredentials {
  if (user.includes(":")) throw new TypeError("the user of basic authentication cannot hold a colon (RFC 7617)");
  const metadata = new Metadata({ authorization: `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}` });
  return { metadata: () => metadata };
}
