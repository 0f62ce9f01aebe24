import type { Member } from "../balance/balancer.js";
import type { CallOptions } from "./caller.js";

/** What retries and hedging tell an attempt besides the caller's options. */
export interface AttemptOptions extends CallOptions {
  /** Goes out as grpc-previous-rpc-attempts. */
  readonly previousAttempts?: number;
  /** Members that earlier attempts used. */
  readonly excluded?: ReadonlySet<Member>;
  /** Told which member took the attempt. */
  readonly onMember?: (member: Member) => void;
}
