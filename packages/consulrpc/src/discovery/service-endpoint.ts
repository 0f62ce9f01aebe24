import { aggregatedStatus, type CheckStatus, type ServiceEntry } from "@consulrpc/consul";
import type { Endpoint } from "@consulrpc/grpc";

/** An endpoint with what Consul thinks of it. */
export interface Listed {
  readonly endpoint: Endpoint;
  readonly status: CheckStatus;
}

/** One instance as the catalog lists it. The id holds the node: service ids are unique on one node only. Pure. */
export function listedOf(entry: ServiceEntry): Listed {
  const { Node, Service, Checks } = entry;
  const status = aggregatedStatus(Checks);
  const meta = Service.Meta ?? {};
  const zone = meta.zone ?? Service.Locality?.Zone ?? Node.Locality?.Zone ?? Node.Meta?.zone;
  return {
    status,
    endpoint: {
      id: `${Node.Datacenter}/${Node.Node}/${Service.ID}`,
      address: addressOf(entry),
      weight: weightOf(entry, status),
      locality: { datacenter: Node.Datacenter, node: Node.Node, ...(zone === undefined ? {} : { zone }) },
      tags: Service.Tags ?? [],
      metadata: meta,
    },
  };
}

/** An instance registered without an address is on its node's. */
function addressOf({ Node, Service }: ServiceEntry): string {
  if (Service.SocketPath) return `unix:${Service.SocketPath}`;
  const host = Service.Address || Node.Address;
  return host.includes(":") ? `[${host}]:${Service.Port}` : `${host}:${Service.Port}`;
}

/** Meta "weight" wins where it is a number: Consul itself cannot say 0. */
function weightOf({ Service }: ServiceEntry, status: CheckStatus): number {
  const said = Number(Service.Meta?.weight);
  if (Service.Meta?.weight !== undefined && Number.isFinite(said) && said >= 0) return said;
  return (status === "warning" ? Service.Weights?.Warning : Service.Weights?.Passing) ?? 1;
}

/** One entry an address: the same instance may be known at two agents after a fail-over between them. */
export function oncePerAddress(listed: readonly Listed[]): Listed[] {
  const seen = new Set<string>();
  return listed.filter(({ endpoint }) => !seen.has(endpoint.address) && seen.add(endpoint.address));
}

const SHOWN_MAX = 3;

/** In words, why nobody can be called. */
export function nobodyHealthy(name: string, listed: readonly Listed[], entries: readonly ServiceEntry[]): string {
  if (entries.length === 0) return `service not found: no instance of "${name}" is registered`;
  const counts = new Map<CheckStatus, number>();
  for (const { status } of listed) counts.set(status, (counts.get(status) ?? 0) + 1);
  const why = entries
    .flatMap(({ Checks }) => Checks.filter(({ Status }) => Status !== "passing"))
    .map(({ Output, Notes }) => (Output || Notes).trim().split("\n")[0])
    .filter((text) => text !== undefined && text !== "");
  const reasons = [...new Set(why)].slice(0, SHOWN_MAX).map((text) => JSON.stringify(text));
  const counted = [...counts].map(([status, count]) => `${count} ${status}`).join(", ");
  return `no healthy instances found for service ${name} (${listed.length} registered, ${counted}${reasons.length === 0 ? "" : `: ${reasons.join(", ")}`}); see consulrpc services ${name}`;
}
