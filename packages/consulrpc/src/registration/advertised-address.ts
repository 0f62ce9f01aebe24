/** What is known when an instance chooses the address that others will connect to. */
export interface AddressKnowledge {
  /** Said by the user: option, environment or file. */
  readonly explicit: string | undefined;
  /** What the server listens on: "0.0.0.0", "::", "127.0.0.1", "10.0.0.5". */
  readonly listening: string;
  /** This machine's address on the way to Consul; undefined when there is no way. */
  readonly towardsConsul: string | undefined;
  /** Addresses of this machine's interfaces that are not loopback. */
  readonly interfaces: readonly string[];
}

export interface AdvertisedAddress {
  /** What Consul's checks, and programs on this machine, connect to. */
  readonly host: string;
  /** What is registered; "" is the address of the node, which the agent on this machine knows better than we do. */
  readonly registered: string;
  /** Told once when others probably cannot connect. */
  readonly warning: string | undefined;
}

/**
 * Explicit first; then the one address that is listened on; then the address from which Consul is reached, because
 * Consul's checks come back the same way. With an agent on this machine, that is its node's address. Pure.
 */
export function advertisedAddress(knowledge: AddressKnowledge): AdvertisedAddress {
  const { explicit, listening, towardsConsul, interfaces } = knowledge;
  if (explicit !== undefined) return { host: explicit, registered: explicit, warning: undefined };
  const consulElsewhere = towardsConsul !== undefined && !isLoopback(towardsConsul);
  if (!isWildcard(listening)) {
    const unreachable = isLoopback(listening) && consulElsewhere;
    const warning = unreachable ? `listening on ${listening} only, but Consul is on another machine: others cannot connect` : undefined;
    return { host: listening, registered: listening, warning };
  }
  const host = towardsConsul ?? interfaces[0] ?? "127.0.0.1";
  return { host, registered: isLoopback(host) ? "" : host, warning: undefined };
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

export function isWildcard(host: string): boolean {
  return host === "" || host === "0.0.0.0" || host === "::";
}
