/** What DNS answers are made of; the seam to the catalog. */
export interface DnsData {
  node(name: string): DnsNode | undefined;
  /** Instances of a service, or with `connect` of what stands for it in the mesh; those that DNS may show are chosen by the caller. */
  service(name: string, connect: boolean): readonly DnsInstance[];
  /** What a prepared query finds, already filtered and ordered by its own rules. */
  query(nameOrId: string): { readonly instances: readonly DnsInstance[]; readonly ttl: string } | undefined;
  /** Names, without the domain, that an IP address has. */
  namesOf(address: string): readonly string[];
  /** The nodes that serve the domain. */
  servers(): readonly DnsNode[];
}

export interface DnsNode {
  readonly name: string;
  readonly address: string;
  readonly meta: Readonly<Record<string, string>>;
}

export interface DnsInstance {
  readonly node: DnsNode;
  /** Empty when it is the node's. */
  readonly address: string;
  readonly port: number;
  readonly tags: readonly string[];
  readonly weights: { readonly Passing: number; readonly Warning: number };
  readonly status: "passing" | "warning" | "critical";
}
