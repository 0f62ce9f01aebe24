import type { ConnectivityState } from "../balance/balancer.js";
import { ManagedMember, type MemberEnvironment } from "./managed-member.js";
import type { Endpoint } from "./resolver.js";

/** Failed endpoints that an error names one by one. */
const NAMED_FAILURES_MAX = 5;

/** The members of a channel: kept by endpoint id over all updates of the list. */
export class Members {
  private readonly environment: MemberEnvironment;
  private byId = new Map<string, ManagedMember>();

  constructor(environment: MemberEnvironment) {
    this.environment = environment;
  }

  get all(): ManagedMember[] {
    return [...this.byId.values()];
  }

  get ready(): ManagedMember[] {
    return this.all.filter((member) => member.state === "ready" && member.weight > 0);
  }

  /** Takes a full list: new endpoints join and connect, those that are gone drain, the others keep their connections. */
  update(endpoints: readonly Endpoint[]): void {
    const before = this.byId;
    this.byId = new Map();
    for (const endpoint of endpoints) {
      const known = before.get(endpoint.id);
      const stays = known !== undefined && known.endpoint.address === endpoint.address;
      if (stays) known.endpoint = endpoint;
      this.byId.set(endpoint.id, stays ? known : new ManagedMember(endpoint, this.environment));
    }
    for (const member of before.values()) {
      if (this.byId.get(member.endpoint.id) !== member) member.drain();
    }
    for (const member of this.byId.values()) member.connect();
  }

  /** The states together (gRFC A62, as round_robin aggregates them). */
  state(): ConnectivityState {
    const states = new Set(this.all.map((member) => member.state));
    if (this.ready.length > 0) return "ready";
    if (states.has("connecting")) return "connecting";
    if (states.has("transient-failure")) return "transient-failure";
    return this.byId.size === 0 ? "transient-failure" : "connecting";
  }

  /** "a:1: connection refused, b:2: ..." */
  describeFailures(): string {
    const failed = this.all.map(
      ({ endpoint, failure, weight }) => `${endpoint.address}: ${weight > 0 ? (failure ?? "not connected") : "weight 0"}`,
    );
    const more = failed.length - NAMED_FAILURES_MAX;
    return failed.slice(0, NAMED_FAILURES_MAX).join(", ") + (more > 0 ? `, and ${more} more` : "");
  }
}
