import type { CheckStatus } from "@consulrpc/consul";
import type { Instance } from "./instance.js";

/** Where an instance can be made known; the seam between "kept true" and how Consul is told. */
export interface Registry {
  /** Makes Consul say what `instance` says; doing it again is harmless. */
  register(instance: Instance, signal: AbortSignal): Promise<void>;
  /** True: Consul still knows the instance. */
  knows(instance: Instance, signal: AbortSignal): Promise<boolean>;
  /** Resolves when the instance may have been lost, as early as this registry can tell; also when `signal` aborts. */
  untilSuspect(instance: Instance, signal: AbortSignal): Promise<void>;
  /** Reports the process's own health, where the check is one that waits for it. False: the check is gone. */
  heartbeat(instance: Instance, status: CheckStatus, output: string): Promise<boolean>;
  /** Takes the instance out of traffic, or back into it. */
  maintenance(instance: Instance, reason: string | undefined): Promise<void>;
  deregister(instance: Instance): Promise<void>;
}
