import type { Consul } from "@consulrpc/consul";
import { advertisedAddress } from "./advertised-address.js";
import { agentRegistry } from "./agent-registry.js";
import { catalogRegistry } from "./catalog-registry.js";
import { serviceFile } from "./disk.js";
import { type Instance, instanceOf } from "./instance.js";
import { Registration, type RegistrationOptions } from "./registration.js";
import type { Checked } from "./service-check.js";
import { mergedServiceOptions, type ServiceOptions, serviceOptionsFromEnvironment } from "./service-options.js";
import { hostname, interfaceAddresses, localAddressTowards } from "./socket.js";

export interface RegistrationSubject {
  /** Used where neither options, environment nor file name the service. */
  readonly name: string | undefined;
  readonly port: number | undefined;
  /** What the server listens on. */
  readonly listening: string;
  readonly protocol: Checked["protocol"];
  readonly contracts: readonly string[];
  /** What the gRPC health service is asked for. */
  readonly grpcService: string;
}

/** Options, environment and file in one; options win. */
export function settledServiceOptions(options: ServiceOptions): ServiceOptions {
  return mergedServiceOptions(options, serviceOptionsFromEnvironment(process.env), serviceFile(process.env.CONSULRPC_SERVICE_FILE));
}

/** Finds out what is not said (the address, the id) and begins to keep the instance registered. */
export async function startRegistration(
  consul: Consul,
  settled: ServiceOptions,
  subject: RegistrationSubject,
  options: RegistrationOptions,
): Promise<Registration> {
  const instance = await describeInstance(consul, settled, subject, options);
  const registry = settled.via === "catalog" ? catalogRegistry(consul) : agentRegistry(consul);
  return new Registration(consul, registry, instance, options);
}

/** One instance as it will be told to Consul. */
export async function describeInstance(
  consul: Consul,
  settled: ServiceOptions,
  subject: RegistrationSubject,
  options: RegistrationOptions,
): Promise<Instance> {
  const name = settled.name ?? subject.name;
  if (name === undefined) throw new TypeError("a service needs a name: option `name` or CONSULRPC_SERVICE_NAME");
  const port = settled.port ?? subject.port;
  if (port === undefined) throw new TypeError(`service ${name} needs a port: option \`port\` or CONSULRPC_SERVICE_PORT`);
  const { address } = consul.requester;
  const towardsConsul = address.unix ? undefined : await localAddressTowards(address.host, address.port);
  const advertised = advertisedAddress({
    explicit: settled.address,
    listening: subject.listening,
    towardsConsul,
    interfaces: interfaceAddresses(),
  });
  if (advertised.warning !== undefined) options.log?.(`${name}: ${advertised.warning}`);
  const { protocol, contracts, grpcService } = subject;
  const { host, registered } = advertised;
  // a node of its own has no address but the instance's
  const at = settled.via === "catalog" && registered === "" ? host : registered;
  return instanceOf(settled, { name, host, address: at, port, hostname: hostname(), protocol, contracts, grpcService });
}
