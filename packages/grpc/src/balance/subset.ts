import type { Endpoint, Resolution, Resolver, Target } from "../channel/resolver.js";
import type { Balancer, BalancerFactory, Member, Outcome, PickContext } from "./balancer.js";
import { fnv1a32, hash32, mixed32 } from "./hash.js";
import { leastLoaded } from "./least-loaded.js";
import { numberOption, shown } from "./options.js";
import { seededRandom } from "./seeded-random.js";

export interface SubsetOptions {
  /** Members that this client uses. */
  readonly size: number;
  /** What tells this client from the others: its instance id. */
  readonly client?: string;
  /** Its number among the clients, 0, 1, 2, ...: with it members are used evenly, exactly. */
  readonly clientIndex?: number;
}

/**
 * The ids that one client of many uses. By `clientIndex`: deterministic
 * subsetting (Site Reliability Engineering, ch. 20), every member in the same
 * number of subsets. By `client`: rendezvous hashing (gRFC A68), even on
 * average, and a change of members changes a subset by one at most.
 */
export function chooseSubset(ids: readonly string[], options: SubsetOptions): readonly string[] {
  const { size, client, clientIndex } = checked(options);
  if (ids.length <= size) return ids;
  if (clientIndex === undefined) return byRendezvous(ids, size, client as string);
  const shuffled = [...ids].sort();
  const subsets = Math.floor(ids.length / size);
  shuffle(shuffled, seededRandom(Math.floor(clientIndex / subsets) + 1));
  const start = (clientIndex % subsets) * size;
  return shuffled.slice(start, start + size);
}

/** Gives a channel only its subset of the endpoints, so that it connects to no others. */
export function subsetResolver(resolver: Resolver, options: SubsetOptions): Resolver {
  checked(options);
  return async function* subset(target: Target, signal: AbortSignal): AsyncIterable<Resolution> {
    for await (const resolution of resolver(target, signal)) {
      const chosen = new Set(
        chooseSubset(
          resolution.endpoints.map((endpoint) => endpoint.id),
          options,
        ),
      );
      yield { ...resolution, endpoints: resolution.endpoints.filter((endpoint: Endpoint) => chosen.has(endpoint.id)) };
    }
  };
}

/** The same among the members of a channel that is connected to all of them. */
export function subset(options: SubsetOptions & { readonly child?: BalancerFactory }): BalancerFactory {
  const { child = leastLoaded(), ...choice } = options;
  checked(choice);
  return (environment) => new Subset(child(environment), choice);
}

class Subset implements Balancer {
  private readonly child: Balancer;
  private readonly options: SubsetOptions;

  constructor(child: Balancer, options: SubsetOptions) {
    this.child = child;
    this.options = options;
  }

  update(members: readonly Member[]): void {
    const serving = members.filter((member) => !(member.weight <= 0));
    const chosen = new Set(
      chooseSubset(
        serving.map((member) => member.endpoint.id),
        this.options,
      ),
    );
    this.child.update(serving.filter((member) => chosen.has(member.endpoint.id)));
  }

  pick(call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    return this.child.pick(call, excluded);
  }

  finished(member: Member, outcome: Outcome): void {
    this.child.finished?.(member, outcome);
  }

  close(): void {
    this.child.close();
  }
}

function checked(options: SubsetOptions): SubsetOptions {
  const size = numberOption("subset.size", options.size ?? null, 0, { min: 1, integer: true });
  const { client, clientIndex } = options;
  if ((client === undefined) === (clientIndex === undefined)) throw new TypeError("subset must have either client or clientIndex");
  if (clientIndex !== undefined) numberOption("subset.clientIndex", clientIndex, 0, { min: 0, integer: true });
  if (client !== undefined && (typeof client !== "string" || client === "")) {
    throw new TypeError(`subset.client must be a name, got ${shown(client)}`);
  }
  return { ...options, size };
}

function byRendezvous(ids: readonly string[], size: number, client: string): readonly string[] {
  const seed = fnv1a32(client);
  const scored = ids.map((id) => ({ id, score: mixed32(hash32(id) ^ seed) }));
  scored.sort((one, other) => one.score - other.score || (one.id < other.id ? -1 : 1));
  return scored.slice(0, size).map(({ id }) => id);
}

/** Fisher and Yates. */
function shuffle(items: string[], random: () => number): void {
  for (let at = items.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [items[at], items[other]] = [items[other] as string, items[at] as string];
  }
}
