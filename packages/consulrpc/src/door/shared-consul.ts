import { Consul, type ConsulOptions } from "@consulrpc/consul";

/** Where Consul is: an address, options, or a client that exists already. */
export type ConsulSource = string | ConsulOptions | Consul;

const clients = new Map<string, Consul>();

/**
 * The client for `source`. Equal addresses share one client, and with it connections and watches, for the life of the
 * process; it keeps no process alive. Options make a client of their own, which is the caller's to close.
 */
export function consulOf(source: ConsulSource | undefined): Consul {
  if (source instanceof Consul) return source;
  if (typeof source === "object") return new Consul(source);
  const { CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN, CONSUL_NAMESPACE, CONSUL_PARTITION } = process.env;
  const key = JSON.stringify([source ?? CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN, CONSUL_NAMESPACE, CONSUL_PARTITION]);
  let consul = clients.get(key);
  if (consul === undefined) {
    consul = new Consul(source === undefined ? {} : { address: source });
    clients.set(key, consul);
  }
  return consul;
}
