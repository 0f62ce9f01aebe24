import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import { endpointBreakers } from "../resilience/endpoint-breakers.js";
import { outlierEjection } from "../resilience/outlier-ejection.js";
import { MemoryStore } from "../shared/memory-store.js";
import type { Balancer, BalancerFactory, Member, PickContext } from "./balancer.js";
import { custom } from "./custom.js";
import { directed } from "./directed.js";
import { EnvironmentDouble, type MemberDouble, memberDoubles, pickContextDouble } from "./member-double.js";
import { balancerByName } from "./registry.js";
import { sharedRoundRobin } from "./shared-round-robin.js";

/** What holds for a policy beyond what holds for all. */
interface Traits {
  readonly name: string;
  readonly make: () => BalancerFactory;
  /** "exact": equal shares up to one call. "random": passes chi-square. "hash": by key, within `spread`. "one": not meant to spread. */
  readonly fair: "exact" | "random" | "hash" | "one";
  /** hash: most calls of a member over the mean. */
  readonly spread?: number;
  /** hash: at most this share of the keys that need not move moves when one of 100 leaves. */
  readonly movedMax?: number;
  /** Does not put retries on another member by itself. @default true */
  readonly excludes?: boolean;
  /** Why a pick may allocate. */
  readonly allocates?: string;
}

const local = { local: { zone: "here" } };

const policies: readonly Traits[] = [
  { name: "random", make: () => balancerByName("random"), fair: "random" },
  { name: "round-robin", make: () => balancerByName("round-robin"), fair: "exact" },
  { name: "least-loaded", make: () => balancerByName("least-loaded"), fair: "random" },
  { name: "weighted-round-robin", make: () => balancerByName("weighted-round-robin"), fair: "exact" },
  { name: "decrementing-round-robin", make: () => balancerByName("decrementing-round-robin"), fair: "exact" },
  { name: "weighted-random", make: () => balancerByName("weighted-random"), fair: "random" },
  { name: "decrementing-random", make: () => balancerByName("decrementing-random"), fair: "exact" },
  { name: "least-used total", make: () => balancerByName("least-used"), fair: "exact" },
  { name: "least-used window", make: () => balancerByName("least-used", { count: "window" }), fair: "exact" },
  { name: "least-active", make: () => balancerByName("least-active"), fair: "exact" },
  { name: "least-active of 3", make: () => balancerByName("least-active", { choices: 3 }), fair: "random" },
  { name: "reported-load", make: () => balancerByName("reported-load"), fair: "exact" },
  { name: "ip-hash", make: () => balancerByName("ip-hash"), fair: "hash", spread: 1.3 },
  { name: "ring-hash", make: () => balancerByName("ring-hash"), fair: "hash", spread: 1.4, movedMax: 0 },
  { name: "ring-hash bounded", make: () => balancerByName("ring-hash", { boundedLoad: 1.25 }), fair: "hash", spread: 1.4 },
  { name: "maglev", make: () => balancerByName("maglev"), fair: "hash", spread: 1.25, movedMax: 0.02 },
  { name: "pick-first", make: () => balancerByName("pick-first"), fair: "one" },
  {
    name: "custom",
    make: () => custom((members, _call, { random }) => members[(random() * members.length) | 0] as Member),
    fair: "random",
  },
  { name: "sticky", make: () => balancerByName("sticky"), fair: "random", allocates: "new keys are remembered" },
  { name: "priority", make: () => balancerByName("priority"), fair: "random" },
  { name: "priority round-robin", make: () => balancerByName("priority", { child: "round_robin" }), fair: "exact" },
  { name: "locality", make: () => balancerByName("locality", local), fair: "random" },
  { name: "slow-start", make: () => balancerByName("slow-start"), fair: "random" },
  { name: "panic", make: () => balancerByName("panic"), fair: "random" },
  { name: "subset", make: () => balancerByName("subset", { size: 20_000, client: "c1" }), fair: "random" },
  { name: "routes", make: () => balancerByName("routes", { rules: [{ percent: 5, to: { tag: "canary" } }] }), fair: "random" },
  { name: "outlier ejection", make: () => outlierEjection(), fair: "random" },
  { name: "endpoint breakers", make: () => endpointBreakers(), fair: "random" },
  { name: "shared round-robin", make: () => sharedRoundRobin({ name: "suite", store: new MemoryStore() }), fair: "exact" },
  { name: "directed", make: () => directed().factory, fair: "random" },
];

const keys: readonly PickContext[] = Array.from({ length: 20_000 }, (_, at) => pickContextDouble({ key: `key-${at}` }));

function started(traits: Traits, members: readonly Member[], seed = 1): { balancer: Balancer; environment: EnvironmentDouble } {
  const environment = new EnvironmentDouble(seed);
  const balancer = traits.make()(environment);
  balancer.update(members);
  environment.runDeferred();
  return { balancer, environment };
}

/** Picks and finishes calls one at a time, each taking 1 ms, and counts them by member. */
function countPicks(balancer: Balancer, environment: EnvironmentDouble, picks: number): Map<Member, number> {
  const counts = new Map<Member, number>();
  for (let at = 0; at < picks; at++) {
    const member = balancer.pick(keys[at % keys.length] as PickContext, undefined);
    assert.ok(member, "nobody was picked");
    counts.set(member, (counts.get(member) ?? 0) + 1);
    environment.atMs += 1;
    balancer.finished?.(member, { latencyMs: 1, error: undefined, trailers: undefined });
  }
  return counts;
}

function chiSquare(counts: Map<Member, number>, members: readonly Member[], picks: number): number {
  const expected = picks / members.length;
  return members.reduce((sum, member) => sum + ((counts.get(member) ?? 0) - expected) ** 2 / expected, 0);
}

/** The 99.9% point of chi-square by Wilson and Hilferty's cube (1931). */
function chiSquareLimit(freedom: number): number {
  const spread = 2 / (9 * freedom);
  return freedom * (1 - spread + 3.0902 * Math.sqrt(spread)) ** 3;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function medianGrowth(run: () => void): number {
  const growths: number[] = [];
  collectGarbage();
  for (let round = 0; round < 15; round++) {
    const before = process.memoryUsage().heapUsed;
    run();
    growths.push(process.memoryUsage().heapUsed - before);
  }
  return growths.sort((one, other) => one - other)[7] as number;
}

for (const traits of policies) {
  describe(traits.name, () => {
    it("picks nobody among none, and the one among one", () => {
      const { balancer } = started(traits, []);
      assert.equal(balancer.pick(keys[0] as PickContext, undefined), undefined);
      const [only] = memberDoubles(1);
      balancer.update([only as Member]);
      for (let at = 0; at < 10; at++) assert.equal(balancer.pick(keys[at] as PickContext, undefined), only);
    });

    it("spreads calls as it promises", () => {
      if (traits.fair === "one") return;
      const count = 50;
      const picks = traits.fair === "hash" ? 20_000 : 5_000;
      let refused = 0;
      for (let seed = 1; seed <= 20; seed++) {
        const members = memberDoubles(count);
        const { balancer, environment } = started(traits, members, seed);
        const counts = countPicks(balancer, environment, picks);
        if (traits.fair === "exact") for (const member of members) assert.equal(counts.get(member), picks / count);
        if (traits.fair === "random" && chiSquare(counts, members, picks) > chiSquareLimit(count - 1)) refused++;
        if (traits.fair === "hash") {
          const most = Math.max(...counts.values());
          assert.ok(most <= (traits.spread ?? 2) * (picks / count), `one member has ${most} of ${picks} calls`);
          break;
        }
      }
      assert.ok(refused <= 1, `chi-square refuses evenness at 99.9% for ${refused} of 20 seeds`);
    });

    it("never picks a member after its removal, also while calls run", () => {
      const { balancer, environment } = started(traits, []);
      let members = memberDoubles(40);
      const running: Member[] = [];
      for (let round = 0; round < 60; round++) {
        members = members.filter(() => environment.random() > 0.2);
        if (members.length < 5) members = [...members, ...memberDoubles(40)];
        balancer.update([...members]);
        const present = new Set<Member | undefined>(members);
        for (let at = 0; at < 50; at++) {
          const member = balancer.pick(keys[(round * 50 + at) % keys.length] as PickContext, undefined) as MemberDouble;
          assert.ok(present.has(member), "a member that was removed was picked");
          member.inFlight++;
          running.push(member);
          if (environment.random() < 0.1) environment.runDeferred(1);
        }
        for (const member of running.splice(0, 40) as MemberDouble[]) {
          member.inFlight--;
          environment.atMs += 1;
          const error = environment.random() < 0.1 ? new RpcError(Code.UNAVAILABLE, "gone") : undefined;
          balancer.finished?.(member, { latencyMs: 5, error, trailers: undefined });
        }
      }
    });

    it("gives a retry another member while there is one, and any when there is none", () => {
      if (traits.excludes === false) return;
      const members = memberDoubles(5);
      const { balancer } = started(traits, members);
      for (let at = 0; at < 200; at++) {
        const excluded = new Set<Member>();
        for (let attempt = 0; attempt < 5; attempt++) {
          const member = balancer.pick(keys[at] as PickContext, excluded);
          assert.ok(member !== undefined && !excluded.has(member), `attempt ${attempt} went to a member already tried`);
          excluded.add(member);
        }
        assert.ok(balancer.pick(keys[at] as PickContext, excluded), "with all excluded, one of them may be picked again");
      }
    });

    it("sends nothing to weight 0, reads a missing weight as 1, and survives huge and negative ones", () => {
      const members = memberDoubles(6, [0, 1, 1, Number.NaN, -5, 1]);
      const { balancer, environment } = started(traits, members);
      const counts = countPicks(balancer, environment, 2_000);
      assert.equal(counts.get(members[0] as Member), undefined);
      assert.equal(counts.get(members[4] as Member), undefined);
      if (traits.fair !== "one") assert.ok((counts.get(members[3] as Member) ?? 0) > 0, "a member without a weight is left out");
      balancer.update(memberDoubles(3, [Number.POSITIVE_INFINITY, 1e300, 1]));
      assert.ok(balancer.pick(keys[0] as PickContext, undefined));
      balancer.update(memberDoubles(3, [0, 0, 0]));
      assert.equal(balancer.pick(keys[0] as PickContext, undefined), undefined);
    });

    it("works among 10,000 members and through one change among them", () => {
      const members = memberDoubles(10_000);
      const { balancer, environment } = started(traits, members);
      const seen = countPicks(balancer, environment, 3_000);
      if (traits.fair !== "one") assert.ok(seen.size > 1_500, `only ${seen.size} members were used`);
      const [gone, ...rest] = members;
      balancer.update(rest);
      assert.equal(countPicks(balancer, environment, 3_000).get(gone as Member), undefined);
    });

    it("ignores the end of calls to members it no longer knows, and picks nobody once closed", () => {
      const members = memberDoubles(3);
      const { balancer } = started(traits, members);
      const [stranger] = memberDoubles(1);
      balancer.finished?.(stranger as Member, { latencyMs: 1, error: undefined, trailers: undefined });
      balancer.close();
      assert.equal(balancer.pick(keys[0] as PickContext, undefined), undefined);
    });

    it("moves few keys when a member leaves", () => {
      if (traits.movedMax === undefined) return;
      const members = memberDoubles(100);
      const { balancer, environment } = started(traits, members);
      const before = keys.map((key) => balancer.pick(key, undefined));
      const gone = members[37];
      balancer.update(members.filter((member) => member !== gone));
      environment.runDeferred();
      let moved = 0;
      keys.forEach((key, at) => {
        if (before[at] !== gone && balancer.pick(key, undefined) !== before[at]) moved++;
      });
      assert.ok(moved <= traits.movedMax * keys.length, `${moved} of ${keys.length} keys moved without need`);
    });

    it("allocates nothing on a pick", { skip: traits.allocates ?? false }, () => {
      const { balancer } = started(traits, memberDoubles(100));
      const chunk = (): void => {
        for (let at = 0; at < 10_000; at++) balancer.pick(keys[at] as PickContext, undefined);
      };
      // Optimised code may come late on a busy machine; a pick that allocates does so in every attempt.
      let bytes = Number.POSITIVE_INFINITY;
      for (let attempt = 0; attempt < 8 && bytes >= 1; attempt++) {
        for (let warm = 0; warm < 30; warm++) chunk();
        bytes = Math.min(bytes, medianGrowth(chunk) / 10_000);
      }
      assert.ok(bytes < 1, `a pick allocates about ${bytes.toFixed(1)} bytes`);
    });
  });
}
