import type { ServiceConfig } from "./service-config.js";

/** Where an endpoint stands; absent parts are unknown. */
export interface Locality {
  readonly datacenter?: string;
  readonly zone?: string;
  readonly node?: string;
}

/** An address that can be called. */
export interface Endpoint {
  /** Stable while the instance lives, also when its weight or metadata change. */
  readonly id: string;
  /** "host:port", "[v6]:port" or "unix:/path". */
  readonly address: string;
  /** 1 where nobody said otherwise; 0 means no traffic. */
  readonly weight: number;
  readonly locality?: Locality;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** A full snapshot, never a difference. */
export interface Resolution {
  readonly endpoints: readonly Endpoint[];
  /** "stale": the registry cannot be asked; this is the last good list. */
  readonly freshness: "fresh" | "stale";
  /** In words, when the list is empty or stale: what was tried and what was found. */
  readonly reason?: string;
  readonly serviceConfig?: ServiceConfig;
}

/** "consul://demo?tag=v2" taken apart. */
export interface Target {
  readonly scheme: string;
  /** What stands between "//" and "?", decoded. */
  readonly name: string;
  readonly parameters: URLSearchParams;
  /** As the user wrote it. */
  readonly text: string;
}

/** A target to a stream of endpoint lists; it ends when `signal` aborts and throws only for a target that can never work. */
export type Resolver = (target: Target, signal: AbortSignal) => AsyncIterable<Resolution>;
