import type { Metadata } from "../call/metadata.js";
import type { RpcError } from "../call/rpc-error.js";
import type { Endpoint } from "../channel/resolver.js";
import type { Method } from "../contract/contract.js";

/** gRPC's connectivity states (connectivity-semantics-and-api.md). */
export type ConnectivityState = "idle" | "connecting" | "ready" | "transient-failure" | "shutdown";

/** An endpoint in use by a channel. The channel owns and updates it; a balancer reads. The object is the same for as long as the endpoint's id is. */
export interface Member {
  readonly endpoint: Endpoint;
  readonly state: ConnectivityState;
  readonly inFlight: number;
  /** Whole calls sent to it since it joined. */
  readonly calls: number;
  readonly weight: number;
  /** When it joined, on the channel's clock. */
  readonly joinedAtMs: number;
}

/** What a balancer may know of a call. */
export interface PickContext {
  readonly method: Method;
  readonly metadata: Metadata | undefined;
  /** The first request message, where it exists already. */
  readonly request: unknown;
  /** A key given by the caller (hash policies, sticky); undefined when none was. */
  readonly key: string | undefined;
}

/** How a call to a member ended. */
export interface Outcome {
  readonly latencyMs: number;
  readonly error: RpcError | undefined;
  /** The response's trailers: load reports travel there. */
  readonly trailers: Metadata | undefined;
}

/**
 * Chooses members for calls. The channel hands it only members that may be used,
 * on every change; all state that should survive a change is the balancer's own.
 */
export interface Balancer {
  /** `all`, where given, also holds the members that may not be used now: spill-over and panic rules compare the two. */
  update(members: readonly Member[], all?: readonly Member[]): void;
  /** Called on every call: allocates nothing. `excluded` are members this call has tried already; when all are excluded, one of them may be picked again. Undefined: nobody can serve. */
  pick(call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined;
  /** Present only where the policy learns from outcomes. */
  finished?(member: Member, outcome: Outcome): void;
  close(): void;
}

/** Clock and chance are injected so that a simulator can own them; `systemEnvironment` is the real one. */
export interface BalancerEnvironment {
  readonly nowMs: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Runs a slice of work when the loop is free (tables that are rebuilt in slices). Without it the work is done at once. */
  readonly defer?: (slice: () => void) => void;
}

export type BalancerFactory = (environment: BalancerEnvironment) => Balancer;
