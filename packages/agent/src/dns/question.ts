/** What a name under the domain asks for. Pure; names are lower case and without the final dot. */

export type Lookup =
  | { readonly kind: "service"; readonly service: string; readonly tag: string; readonly connect: boolean; readonly datacenter: string }
  | { readonly kind: "node"; readonly node: string; readonly datacenter: string }
  | { readonly kind: "query"; readonly query: string; readonly datacenter: string }
  | { readonly kind: "address"; readonly address: string }
  /** The domain itself. */
  | { readonly kind: "domain" }
  | { readonly kind: "unknown" };

const KINDS = ["service", "connect", "virtual", "ingress", "node", "query", "addr"];

/** `labels` is the name without the domain. A name that ends in its kind asks this datacenter; one label may follow it. */
export function parseLookup(labels: readonly string[]): Lookup {
  if (labels.length === 0) return { kind: "domain" };
  const kindAt = findKind(labels);
  if (kindAt === -1) return { kind: "unknown" };
  const kind = labels[kindAt];
  const rest = labels.slice(0, kindAt);
  const datacenter = labels.slice(kindAt + 1).join(".");
  if (rest.length === 0) return { kind: "unknown" };
  switch (kind) {
    case "service":
      return serviceLookup(rest, datacenter);
    case "connect":
      return { kind: "service", service: rest.at(-1)!, tag: "", connect: true, datacenter };
    case "node":
      return { kind: "node", node: rest.join("."), datacenter };
    case "query":
      return queryLookup(rest, datacenter);
    case "addr":
      return addressLookup(rest);
    default:
      // Virtual addresses and ingress gateways need a mesh.
      return { kind: "unknown" };
  }
}

/** The kind is the last label, or the one before the datacenter. */
function findKind(labels: readonly string[]): number {
  const last = labels.length - 1;
  if (KINDS.includes(labels[last]!)) return last;
  return last > 0 && KINDS.includes(labels[last - 1]!) ? last - 1 : -1;
}

/** `web`, `tag.web`, or RFC 2782's `_web._tcp` and `_web._tag`. */
function serviceLookup(rest: readonly string[], datacenter: string): Lookup {
  const [first = "", second = ""] = rest;
  if (rest.length === 2 && first.startsWith("_") && second.startsWith("_")) {
    const protocol = second.slice(1);
    return { kind: "service", service: first.slice(1), tag: protocol === "tcp" ? "" : protocol, connect: false, datacenter };
  }
  return { kind: "service", service: rest.at(-1)!, tag: rest.slice(0, -1).join("."), connect: false, datacenter };
}

function queryLookup(rest: readonly string[], datacenter: string): Lookup {
  const [first = "", second = ""] = rest;
  const isRfc2782 = rest.length === 2 && first.startsWith("_") && second === "_tcp";
  return { kind: "query", query: isRfc2782 ? first.slice(1) : rest.join("."), datacenter };
}

/** Eight hexadecimal digits are an IPv4 address, thirty-two an IPv6 one. */
function addressLookup(rest: readonly string[]): Lookup {
  const digits = rest.length === 1 ? rest[0]! : "";
  if (/^[0-9a-f]{8}$/.test(digits)) return { kind: "address", address: [...Buffer.from(digits, "hex")].join(".") };
  if (/^[0-9a-f]{32}$/.test(digits)) return { kind: "address", address: digits.match(/.{4}/g)!.join(":") };
  return { kind: "unknown" };
}

/** The address in `4.3.2.1.in-addr.arpa` or its IPv6 sibling (RFC 1035 §3.5, RFC 3596 §2.5); undefined for other names. */
export function reverseAddress(name: string): string | undefined {
  const v4 = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa$/.exec(name);
  if (v4 !== null) return v4.slice(1).reverse().join(".");
  const v6 = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name);
  if (v6 === null) return undefined;
  const digits = v6[1]!.replaceAll(".", "").split("").reverse().join("");
  return digits.match(/.{4}/g)!.join(":");
}
