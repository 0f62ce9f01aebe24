import type { Registration, RegistrationEvents, RegistrationOptions } from "../registration/registration.js";
import type { ServiceOptions } from "../registration/service-options.js";
import { settledServiceOptions, startRegistration } from "../registration/start-registration.js";
import { type ConsulSource, consulOf } from "./shared-consul.js";

export interface RegisterOptions extends ServiceOptions, RegistrationEvents {
  /** @default CONSUL_HTTP_ADDR, else 127.0.0.1:8500 */
  readonly consul?: ConsulSource;
  /** The process's own health, for TTL checks. @default always passing */
  readonly health?: RegistrationOptions["health"];
  /** Ends the registration. */
  readonly signal?: AbortSignal;
}

/**
 * Makes any server known in Consul and keeps it known: `register({ name: "web", port: 8080, check: { path: "/health" } })`.
 * Without a kind of check, a TCP connection to the port is the check. Resolves once the instance is registered, or
 * after `REGISTER_WAIT_MS` without Consul: it then says so and goes on trying.
 */
export async function register(options: RegisterOptions): Promise<Registration> {
  const { consul: source, health, signal, log = console.error, onState, ...service } = options;
  const consul = consulOf(source);
  const settled = settledServiceOptions(service);
  const subject = { name: settled.name, port: settled.port, listening: "", contracts: [], grpcService: "" } as const;
  const httpish = settled.check !== undefined && settled.check !== false && (settled.check.path ?? settled.check.url) !== undefined;
  const registration = await startRegistration(
    consul,
    settled,
    { ...subject, protocol: httpish ? "http" : "tcp" },
    { log, ...(onState === undefined ? {} : { onState }), ...(health === undefined ? {} : { health }) },
  );
  signal?.addEventListener("abort", () => void registration.deregister(), { once: true });
  await firstOrLater(registration);
  return registration;
}

/** A server does not wait longer for a Consul that is not there. */
export const REGISTER_WAIT_MS = 2_000;

export async function firstOrLater(registration: Registration): Promise<void> {
  const waited = new AbortController();
  await Promise.race([registration.registered, registration.troubled, registration.clock.sleep(REGISTER_WAIT_MS, waited.signal)]);
  waited.abort();
}
