import type { CheckRunner } from "../checks/check-runner.js";
import type { Clock } from "../clock/clock.js";
import type { EventRing } from "../events/event-ring.js";
import type { Keyring } from "../keyring.js";
import type { LocalAgent } from "../local-agent.js";
import type { Log } from "../log.js";
import type { SessionTimers } from "../session-timers.js";
import type { Command, CommandResult, RegisterRequest } from "../state/command.js";
import type { State } from "../state/state.js";
import type { AskedBefore } from "./asked-before.js";
import type { JsonStyle } from "./reply.js";

/** A command before the ledger has put the time on it. */
export type NewCommand = Command extends infer C ? (C extends Command ? Omit<C, "nowMs"> : never) : never;

/** Who this agent is. */
export interface AgentIdentity {
  readonly nodeName: string;
  readonly nodeId: string;
  readonly datacenter: string;
  /** What other nodes would reach it at. */
  readonly advertiseAddress: string;
  readonly nodeMeta: Readonly<Record<string, string>>;
  /** Shown where Consul shows the ports of its server and gossip; nobody listens there. */
  readonly serverPort: number;
  readonly serfPort: number;
  readonly serfWanPort: number;
}

/** What the endpoints work on. */
export interface AgentContext extends JsonStyle {
  readonly state: State;
  readonly clock: Clock;
  readonly identity: AgentIdentity;
  readonly limits: AgentLimits;
  readonly events: EventRing;
  readonly checks: CheckRunner;
  /** Ends of the blocking queries that wait; stopping calls them all. */
  readonly blocked: Set<() => void>;
  /** The registration of the agent's own node, service and check. */
  readonly self: RegisterRequest;
  readonly local: LocalAgent;
  readonly sessions: SessionTimers;
  /** Log lines, for /v1/agent/monitor and whoever keeps them. */
  readonly log: Log;
  /** The embedding program's part of leave, reload and shutdown. */
  readonly control: AgentControl;
  readonly startedAtMs: number;
  /** Who may register checks that run programs: nobody, the agent's own files, or clients too. */
  readonly scriptChecks: ScriptChecks;
  /** Whether /debug/pprof/ answers. */
  readonly debug: boolean;
  readonly askedBefore: AskedBefore;
  readonly keyring: Keyring;
  /** Whether `/` leads to the web page. */
  readonly ui: boolean;
  /** The root of the Connect CA; made at the first call. */
  caRoot: (() => Promise<CaRoot>) | undefined;
  /** Tells the log about a failure that nobody waits for. */
  failed(this: void, error: unknown): void;
  random(): number;
  uuid(): string;
  /**
   * Logs, syncs and applies a command.
   *
   * @throws StateError when the state refuses it, StoreError when it could not be kept.
   */
  propose(this: void, command: NewCommand): CommandResult | Promise<CommandResult>;
  /** Puts a snapshot in the place of the state, and makes the agent itself known in it. */
  restore(slices: readonly Uint8Array[]): Promise<void>;
}

export type ScriptChecks = "no" | "local" | "all";

export interface AgentLimits {
  /** Largest value of a key; larger ones are refused with 413. @default 524288 */
  readonly kvValueBytesMax: number;
  /** Largest body of a transaction. @default 524288 */
  readonly txnBytesMax: number;
}

export interface AgentControl {
  /** Leaves and stops, as `consul leave` asks. */
  leave(): Promise<void>;
  /** Reads the configuration again. */
  reload(): Promise<void>;
}

/** A root certificate as Consul lists it. */
export interface CaRoot {
  readonly ID: string;
  readonly Name: string;
  readonly SerialNumber: number;
  readonly SigningKeyID: string;
  readonly ExternalTrustDomain: string;
  readonly NotBefore: string;
  readonly NotAfter: string;
  readonly RootCert: string;
  readonly IntermediateCerts: readonly string[] | null;
  readonly Active: boolean;
  readonly PrivateKeyType: string;
  readonly PrivateKeyBits: number;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  /** Shown beside the list, not in it. */
  readonly TrustDomain: string;
}
