import { type Clock, systemClock } from "./clock.js";
import { Agent } from "./family/agent.js";
import { Catalog } from "./family/catalog.js";
import { Health } from "./family/health.js";
import { Kv } from "./family/kv.js";
import { Query } from "./family/query.js";
import { Session } from "./family/session.js";
import { Status } from "./family/status.js";
import { readPem, readPemDirectory, tokenFromFile } from "./http/disk.js";
import { Requester } from "./http/requester.js";
import { type SocketTransportOptions, socketTransport } from "./http/socket.js";
import { type ConsulOptions, type ConsulTlsOptions, type ResolvedConsulOptions, resolveOptions } from "./options.js";
import { hubOf } from "./watch/hub.js";

/** Consul's HTTP API, one property an endpoint family. Safe to share; opens its first connection with its first request. */
export class Consul {
  readonly agent: Agent;
  readonly catalog: Catalog;
  readonly health: Health;
  readonly kv: Kv;
  readonly query: Query;
  readonly session: Session;
  readonly status: Status;
  readonly requester: Requester;

  constructor(options: ConsulOptions | string = {}) {
    const given = typeof options === "string" ? { address: options } : options;
    const resolved = resolveOptions(given, given.environment ?? process.env);
    const clock = given.clock ?? systemClock;
    const transport = given.transport ?? socketTransport(sockets(resolved));
    const requester = new Requester(resolved, transport, clock, tokenSource(resolved, clock));
    this.requester = requester;
    this.agent = new Agent(requester);
    this.catalog = new Catalog(requester);
    this.health = new Health(requester);
    this.kv = new Kv(requester);
    this.query = new Query(requester);
    this.session = new Session(requester);
    this.status = new Status(requester);
  }

  /** Where the next request will go first. */
  get address(): string {
    return this.requester.address.text;
  }

  /** Ends idle connections and long polls; watches that still run end with it. */
  close(): void {
    hubOf(this.requester).close();
    this.requester.close();
  }
}

function tokenSource(options: ResolvedConsulOptions, clock: Clock): () => string | undefined {
  const { token, tokenFile } = options;
  if (tokenFile !== undefined) return tokenFromFile(tokenFile, () => clock.nowMs());
  return typeof token === "function" ? token : () => token;
}

function sockets(options: ResolvedConsulOptions): SocketTransportOptions {
  return {
    requestSocketsMax: options.requestSocketsMax,
    // wide queries and log streams come on top of the polls that belong to one watch
    watchSocketsMax: options.watchPollsMax + 8,
    tls: tlsOptions(options.tls),
  };
}

function tlsOptions(tls: ConsulTlsOptions): SocketTransportOptions["tls"] {
  const given = tls.ca === undefined ? [] : [tls.ca].flat();
  const ca = [
    ...given,
    ...(tls.caFile === undefined ? [] : [readPem(tls.caFile)]),
    ...(tls.caPath === undefined ? [] : readPemDirectory(tls.caPath)),
  ];
  const cert = tls.cert ?? (tls.certFile === undefined ? undefined : readPem(tls.certFile));
  const key = tls.key ?? (tls.keyFile === undefined ? undefined : readPem(tls.keyFile));
  return {
    ...(ca.length === 0 ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    rejectUnauthorized: tls.verify ?? true,
  };
}
