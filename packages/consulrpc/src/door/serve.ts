import { systemClock } from "@consulrpc/consul";
import type { Binding, Contract, Server, ServerOptions } from "@consulrpc/grpc";
import { createServer, reflectionBindings } from "@consulrpc/grpc";
import type { InstanceChange } from "../registration/instance.js";
import type { Registration, RegistrationEvents } from "../registration/registration.js";
import { hostPort } from "../registration/service-check.js";
import type { ServiceOptions } from "../registration/service-options.js";
import { settledServiceOptions, startRegistration } from "../registration/start-registration.js";
import { bindingOf, type ContractSource, contractMeta, contractName, type ImplementationOf } from "./bindings.js";
import { shutdown } from "./process.js";
import { firstOrLater } from "./register.js";
import { type ConsulSource, consulOf } from "./shared-consul.js";

export interface ServeOptions extends ServiceOptions, RegistrationEvents {
  /** @default CONSUL_HTTP_ADDR, else 127.0.0.1:8500 */
  readonly consul?: ConsulSource;
  /** false: serves without a word to Consul. @default true */
  readonly register?: boolean;
  /** What to listen on; the port is `port`. @default every interface, and a free port */
  readonly host?: string;
  /** The gRPC server's own options: TLS, interceptors, limits. */
  readonly server?: ServerOptions;
  /** Close on SIGTERM and SIGINT, then exit with 0. @default true */
  readonly signals?: boolean;
  /** Between deregistration and the drain, for clients to move on. @default 200 */
  readonly propagationMs?: number;
  /** Calls that run may take so long to finish. @default 30000 */
  readonly graceMs?: number;
}

const PROPAGATION_MS = 200;
const GRACE_MS = 30_000;
/** What Consul's DNS answers for. */
const DNS_LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
let dnsTold = false;

/**
 * Serves one contract: listens, registers in Consul and stays registered, answers health checks and reflection; on SIGTERM
 * deregisters, lets clients move on, drains, and exits with 0.
 */
export function serve<C extends ContractSource>(
  contract: C,
  implementation: ImplementationOf<C>,
  options: ServeOptions = {},
): Promise<Served> {
  return newServer(contract, implementation).serve(options);
}

/** The same in two words, and for several contracts on one port: `newServer("a.A", a).add("b.B", b).serve()`. */
export function newServer<C extends ContractSource>(contract: C, implementation: ImplementationOf<C>): ServerBuilder {
  return new ServerBuilder().add(contract, implementation);
}

export class ServerBuilder {
  private readonly bindings: Binding[] = [];

  add<C extends ContractSource>(contract: C, implementation: ImplementationOf<C>): this {
    this.bindings.push(bindingOf(contract, implementation));
    return this;
  }

  async serve(options: ServeOptions = {}): Promise<Served> {
    const server = createServer(options.server);
    for (const binding of this.bindings) server.add(binding);
    for (const binding of reflectionBindings(() => server.contracts)) server.add(binding);
    const served = new Served(server, settledServiceOptions(options), options);
    await served.start(this.bindings);
    return served;
  }
}

/** A server that runs, with its presence in Consul. */
export class Served implements AsyncDisposable {
  readonly server: Server;
  private readonly settled: ServiceOptions;
  private readonly options: ServeOptions;
  /** By contract; under one `name` for all, by that name. */
  private readonly registrationsByName = new Map<string, Registration>();
  private portNow = 0;
  private listeningOn = "";
  private closed: Promise<void> | undefined;

  constructor(server: Server, settled: ServiceOptions, options: ServeOptions) {
    this.server = server;
    this.settled = settled;
    this.options = options;
  }

  get port(): number {
    return this.portNow;
  }

  /** "host:port" for callers on this machine; others find it in Consul. */
  get address(): string {
    const [registration] = this.registrations;
    const host = registration?.instance.host ?? (/^(::|0\.0\.0\.0|)$/.test(this.listeningOn) ? "127.0.0.1" : this.listeningOn);
    return hostPort(host, this.portNow);
  }

  get registrations(): readonly Registration[] {
    return [...this.registrationsByName.values()];
  }

  /** Listens, then registers; resolves when the first has happened and the second was tried. */
  async start(bindings: readonly Binding[]): Promise<void> {
    const { host } = this.options;
    const at = await this.server.listen({ port: this.settled.port ?? 0, ...(host === undefined ? {} : { host }) });
    this.portNow = at.port;
    this.listeningOn = at.host;
    if (this.options.signals !== false) shutdown.add(this);
    if (this.options.register === false) return;
    if (this.settled.name !== undefined) await this.registerAll(this.settled.name, bindings);
    else await Promise.all(bindings.map((binding) => this.registerAll(binding.contract.name, [binding])));
  }

  /** Offers one more contract, to callers and in Consul. */
  async add<C extends ContractSource>(contract: C, implementation: ImplementationOf<C>): Promise<void> {
    const binding = bindingOf(contract, implementation);
    this.server.add(binding);
    if (this.options.register === false) return;
    if (this.settled.name === undefined) await this.registerAll(contractName(contract), [binding]);
    else await this.tellContracts();
  }

  /** Takes a contract offline: out of Consul first, then its methods answer UNIMPLEMENTED. False: it was not served. */
  async remove(contract: ContractSource | Contract): Promise<boolean> {
    const name =
      typeof contract === "object" && "methods" in contract && "name" in contract && !("typeName" in contract)
        ? contract.name
        : contractName(contract as ContractSource);
    const registration = this.settled.name === undefined ? this.registrationsByName.get(name) : undefined;
    if (registration !== undefined) {
      this.registrationsByName.delete(name);
      await registration.deregister();
      await this.propagation();
    }
    const removed = this.server.remove(name);
    if (registration === undefined && removed) await this.tellContracts();
    return removed;
  }

  /** Changes weight, tags or meta in Consul. */
  async update(change: InstanceChange): Promise<void> {
    await Promise.all(this.registrations.map((registration) => registration.update(change)));
  }

  /** Takes the instance out of traffic while it goes on serving; undefined ends it. */
  async maintenance(reason: string | undefined): Promise<void> {
    await Promise.all(this.registrations.map((registration) => registration.maintenance(reason)));
  }

  /** Deregisters, waits for clients to move on, lets calls that run finish, and stops. */
  close(): Promise<void> {
    this.closed ??= this.end();
    return this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async end(): Promise<void> {
    const known = this.registrations.some(({ state }) => state === "registered");
    await Promise.all(this.registrations.map((registration) => registration.deregister()));
    if (known) await this.propagation();
    await this.server.drain({ graceMs: this.options.graceMs ?? GRACE_MS });
    shutdown.remove(this);
  }

  private propagation(): Promise<void> {
    return systemClock.sleep(this.options.propagationMs ?? PROPAGATION_MS);
  }

  private async registerAll(name: string, bindings: readonly Binding[]): Promise<void> {
    const { consul: source, log = console.error, onState } = this.options;
    tellDns(name, log);
    const [only, ...others] = bindings;
    const meta = { ...(only !== undefined && others.length === 0 ? contractMeta(only) : {}), ...this.settled.meta };
    // one id a service: with several contracts, a given id is that of the process
    const id = this.settled.id === undefined || this.settled.name !== undefined ? this.settled.id : `${this.settled.id}-${name}`;
    const registration = await startRegistration(
      consulOf(source),
      { ...this.settled, meta, ...(id === undefined ? {} : { id }) },
      {
        name,
        port: this.portNow,
        listening: this.listeningOn,
        protocol: "grpc",
        contracts: bindings.map(({ contract }) => contract.name),
        grpcService: others.length === 0 ? (only?.contract.name ?? "") : "",
      },
      { log, ...(onState === undefined ? {} : { onState }) },
    );
    this.registrationsByName.set(name, registration);
    await firstOrLater(registration);
  }

  private async tellContracts(): Promise<void> {
    const contracts = this.server.contracts.map(({ name }) => name).filter((name) => !name.startsWith("grpc."));
    await this.update({ meta: { contracts: contracts.join(",") } });
  }
}

function tellDns(name: string, log: (line: string) => void): void {
  if (dnsTold || DNS_LABEL.test(name)) return;
  dnsTold = true;
  log(`${name} is found through Consul's API, not by its DNS, which takes no dots in a name; { name: "..." } gives it one that DNS takes`);
}
