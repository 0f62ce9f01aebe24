import { type Clock, systemClock } from "./clock.js";
import { Acl } from "./family/acl.js";
import { Agent } from "./family/agent.js";
import { Catalog } from "./family/catalog.js";
import { Config } from "./family/config.js";
import { Connect } from "./family/connect.js";
import { Coordinates } from "./family/coordinate.js";
import { Event } from "./family/event.js";
import { Health } from "./family/health.js";
import { Intentions } from "./family/intention.js";
import { Kv } from "./family/kv.js";
import { Operator } from "./family/operator.js";
import { Peerings } from "./family/peering.js";
import { Query } from "./family/query.js";
import { Session } from "./family/session.js";
import { Snapshot } from "./family/snapshot.js";
import { Status } from "./family/status.js";
import { Txn } from "./family/txn.js";
import { readPem, readPemDirectory, tokenFromFile } from "./http/disk.js";
import { Requester } from "./http/requester.js";
import { type SocketTransportOptions, socketTransport } from "./http/socket.js";
import { type ConsulOptions, type ConsulTlsOptions, type ResolvedConsulOptions, resolveOptions } from "./options.js";
import { hubOf } from "./watch/hub.js";

/** Consul's HTTP API, one property an endpoint family. Safe to share; opens its first connection with its first request. */
export class Consul implements AsyncDisposable {
  readonly agent: Agent;
  readonly txn: Txn;
  readonly snapshot: Snapshot;
  readonly peering: Peerings;
  readonly operator: Operator;
  readonly intention: Intentions;
  readonly event: Event;
  readonly coordinate: Coordinates;
  readonly connect: Connect;
  readonly config: Config;
  readonly acl: Acl;
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
    this.acl = new Acl(requester);
    this.config = new Config(requester);
    this.connect = new Connect(requester);
    this.coordinate = new Coordinates(requester);
    this.event = new Event(requester);
    this.intention = new Intentions(requester);
    this.operator = new Operator(requester);
    this.peering = new Peerings(requester);
    this.snapshot = new Snapshot(requester);
    this.txn = new Txn(requester);
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
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
