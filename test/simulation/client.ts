import { type Balancer, type BalancerFactory, Code, type Member, RpcError } from "@consulrpc/grpc";
import { MemberDouble, pickContextDouble } from "@consulrpc/grpc/balance";
import type { Server } from "./server.js";
import type { Sample } from "./statistics.js";
import type { World } from "./world.js";

/** What a client does about failure. The parts are those of the library; here they run on virtual time. */
export interface ClientPolicy {
  readonly balancer: BalancerFactory;
  readonly timeoutMs: number;
  /** @default 1 */
  readonly attemptsMax?: number;
  /** Before the nth attempt. @default 0 */
  readonly backoffMs?: (attempt: number) => number;
  /** Made once for each client. Without one, retries are only bounded by attempts. */
  readonly budget?: (nowMs: number) => { deposit(nowMs: number): void; withdraw(nowMs: number): boolean };
  /** Made once for each client: refuses calls before they are sent. */
  readonly gate?: (
    nowMs: number,
    random: () => number,
  ) => { admit(nowMs: number): boolean; done(nowMs: number, ok: boolean, latencyMs: number): void };
}

interface Attempt {
  readonly startedMs: number;
  readonly deadlineMs: number;
  readonly number: number;
  readonly excluded: Set<Member> | undefined;
  readonly key: string;
}

/** One way over the network; a call takes two. */
const NETWORK_MS = 0.25;

/** A channel in small: members for servers, a balancer, and the policy around it. */
export class Client {
  readonly samples: Sample[] = [];
  readonly members = new Map<Server, MemberDouble>();
  readonly balancer: Balancer;
  private readonly world: World;
  private readonly policy: ClientPolicy;
  private readonly budget: ReturnType<NonNullable<ClientPolicy["budget"]>> | undefined;
  private readonly gate: ReturnType<NonNullable<ClientPolicy["gate"]>> | undefined;
  private readonly serverOf = new Map<Member, Server>();

  constructor(world: World, policy: ClientPolicy, servers: readonly Server[]) {
    this.world = world;
    this.policy = policy;
    this.budget = policy.budget?.(world.nowMs);
    this.gate = policy.gate?.(world.nowMs, world.random);
    this.balancer = policy.balancer({ nowMs: () => world.nowMs, random: world.random });
    this.use(servers);
  }

  /** The registry's answer changed. */
  use(servers: readonly Server[]): void {
    const members = servers.map((server) => {
      const known = this.members.get(server);
      if (known !== undefined) return known;
      const { id, zone, weight } = server.options;
      const member = new MemberDouble({ id, weight: weight ?? 1, ...(zone === undefined ? {} : { locality: { zone } }) });
      member.joinedAtMs = this.world.nowMs;
      this.members.set(server, member);
      this.serverOf.set(member, server);
      return member;
    });
    for (const [server, member] of this.members) {
      if (servers.includes(server)) continue;
      this.members.delete(server);
      this.serverOf.delete(member);
    }
    this.balancer.update(members);
  }

  call(key: string): void {
    const startedMs = this.world.nowMs;
    if (this.gate?.admit(startedMs) === false) {
      this.samples.push({ startedMs, latencyMs: 0, ok: false });
      return;
    }
    this.budget?.deposit(startedMs);
    this.attempt({ startedMs, deadlineMs: startedMs + this.policy.timeoutMs, number: 1, excluded: undefined, key });
  }

  private attempt(attempt: Attempt): void {
    const member = this.balancer.pick(pickContextDouble({ key: attempt.key }), attempt.excluded) as MemberDouble | undefined;
    const server = member === undefined ? undefined : this.serverOf.get(member);
    if (member === undefined || server === undefined) {
      this.ended(attempt, undefined, Code.UNAVAILABLE);
      return;
    }
    const sentMs = this.world.nowMs;
    member.inFlight++;
    member.calls++;
    let open = true;
    const settle = (code: Code): void => {
      if (!open) return;
      open = false;
      member.inFlight--;
      const error = code === Code.OK ? undefined : new RpcError(code, "simulated");
      this.balancer.finished?.(member, { latencyMs: this.world.nowMs - sentMs, error, trailers: undefined });
      this.ended(attempt, member, code);
    };
    this.world.after(NETWORK_MS, () => server.receive((code) => this.world.after(NETWORK_MS, () => settle(code))));
    this.world.at(attempt.deadlineMs, () => settle(Code.DEADLINE_EXCEEDED));
  }

  private ended(attempt: Attempt, member: Member | undefined, code: Code): void {
    const nowMs = this.world.nowMs;
    const ok = code === Code.OK;
    this.gate?.done(nowMs, ok, nowMs - attempt.startedMs);
    if (ok || !this.mayRetry(attempt)) {
      this.samples.push({ startedMs: attempt.startedMs, latencyMs: nowMs - attempt.startedMs, ok });
      return;
    }
    const excluded = new Set(attempt.excluded);
    if (member !== undefined) excluded.add(member);
    const fresh = nowMs >= attempt.deadlineMs;
    const next: Attempt = {
      ...attempt,
      // A caller that retries after its own timeout starts a new one: that is how storms are made.
      deadlineMs: fresh ? nowMs + this.policy.timeoutMs : attempt.deadlineMs,
      number: attempt.number + 1,
      excluded,
    };
    this.world.after(this.policy.backoffMs?.(next.number) ?? 0, () => this.attempt(next));
  }

  private mayRetry(attempt: Attempt): boolean {
    if (attempt.number >= (this.policy.attemptsMax ?? 1)) return false;
    return this.budget?.withdraw(this.world.nowMs) ?? true;
  }
}
