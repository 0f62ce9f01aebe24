import { type Http2Limits, type Http2Listener, listenHttp2 } from "@consulrpc/http2";
import { serverCreated } from "../call/current-call.js";
import { channelzBinding } from "../channelz/channelz.js";
import { registerServer } from "../channelz/registry.js";
import type { Contract } from "../contract/contract.js";
import { type TlsSource, tlsSource } from "../credentials/tls.js";
import { Health } from "../health/health.js";
import type { Binding } from "./handler.js";
import { HEADER_LIST_BYTES_MAX, type ServerOptions, STREAMS_PER_CONNECTION_MAX } from "./options.js";
import { ServerCore } from "./server-core.js";
import { serverTlsOptions } from "./server-tls.js";

/** Where a server can be reached. */
export interface Address {
  /** "127.0.0.1:50051" or "unix:/path" */
  readonly address: string;
  readonly host: string;
  /** 0 for a unix socket. */
  readonly port: number;
}

export type ListenAt = { readonly host?: string; readonly port?: number } | { readonly path: string };

export interface DrainOptions {
  /** Calls may take so long to finish; then their connections are cut. @default 30 s */
  readonly graceMs?: number;
}

const GRACE_MS = 30_000;

/** Answers gRPC calls. Bindings may come and go at any time. */
export class Server implements AsyncDisposable {
  /** What health checks answer; served unless the option `health` is false. */
  readonly health: Health = new Health();
  private readonly core: ServerCore;
  private readonly options: ServerOptions;
  private readonly listeners = new Set<Http2Listener>();
  private readonly source: TlsSource | undefined;
  private readonly limits: Partial<Http2Limits>;
  private readonly unregister: () => void;
  private stopWatchingTls: (() => void) | undefined;

  constructor(options: ServerOptions = {}) {
    this.options = options;
    this.core = new ServerCore(options);
    this.source = options.tls && tlsSource(options.tls.source);
    this.limits = {
      concurrentStreamsMax: options.streamsPerConnectionMax ?? STREAMS_PER_CONNECTION_MAX,
      headerListBytesMax: options.headerListBytesMax ?? HEADER_LIST_BYTES_MAX,
    };
    if (options.health !== false) this.core.methods.add(this.health.binding());
    if (options.channelz) this.core.methods.add(channelzBinding());
    this.unregister = registerServer(this.core);
    serverCreated();
  }

  /** What the server offers now. */
  get contracts(): readonly Contract[] {
    return this.core.methods.contracts;
  }

  get addresses(): readonly Address[] {
    return [...this.listeners].map(addressOf);
  }

  /** Serves a contract; one of the same name is replaced, without a gap. */
  add(binding: Binding): this {
    this.core.methods.add(binding);
    if (this.health.get(binding.contract.name) === undefined) this.health.set(binding.contract.name, "serving");
    return this;
  }

  /** Its methods answer UNIMPLEMENTED from now on; calls that run go on. False: it was not served. */
  remove(contract: Contract | string): boolean {
    const name = typeof contract === "string" ? contract : contract.name;
    this.health.clear(name);
    return this.core.methods.remove(name);
  }

  /** Takes one method out ("hello.HelloService/SayHello"): it answers UNIMPLEMENTED until `online`. */
  offline(path: string): void {
    this.core.methods.setOnline(path, false);
  }

  online(path: string): void {
    this.core.methods.setOnline(path, true);
  }

  /** Accepts connections at one more address; port 0, the default, is a free one. Rejects when it cannot be had. */
  async listen(at: ListenAt = {}): Promise<Address> {
    const { tls } = this.options;
    const listener = await listenHttp2(
      {
        ...at,
        ...(tls === undefined ? {} : { tls: serverTlsOptions(tls) }),
        limits: this.limits,
        onFault: (reason, peer) => this.core.log(`grpc: connection of ${peer} refused: ${reason}`),
      },
      (endpoint) => this.core.accept(endpoint),
    );
    this.listeners.add(listener);
    if (tls !== undefined) this.stopWatchingTls ??= this.source?.onChange(() => this.reloadTls());
    return addressOf(listener);
  }

  /**
   * Stops gracefully: accepts no more connections, tells clients to move on, and
   * waits for the calls that run. No call fails, unless it outlives the grace.
   */
  async drain(options: DrainOptions = {}): Promise<void> {
    const graceMs = options.graceMs ?? GRACE_MS;
    this.health.shutdown();
    const closed = [...this.listeners].map((listener) => listener.close());
    this.listeners.clear();
    this.stopWatchingTls?.();
    const cancel = this.core.clock.after(graceMs, () => this.core.destroy(`the grace of ${graceMs} ms is over`));
    await this.core.drain();
    await Promise.all(closed);
    this.unregister();
    cancel();
  }

  /** Stops at once: calls that run fail with UNAVAILABLE at their clients. */
  async close(): Promise<void> {
    await this.drain({ graceMs: 0 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** For what runs inside this process: the in-process transport, channelz. */
  get internals(): { readonly core: ServerCore; readonly limits: Partial<Http2Limits> } {
    return { core: this.core, limits: this.limits };
  }

  private reloadTls(): void {
    const { tls } = this.options;
    if (tls === undefined) return;
    try {
      for (const listener of this.listeners) listener.setSecureContext(serverTlsOptions(tls));
    } catch (error) {
      this.core.log(`grpc: the new certificates cannot be used, the old ones stay: ${(error as Error).message}`);
    }
  }
}

export function createServer(options: ServerOptions = {}): Server {
  return new Server(options);
}

function addressOf(listener: Http2Listener): Address {
  if (listener.port === 0) return { address: `unix:${listener.address}`, host: listener.address, port: 0 };
  const host = listener.address.slice(0, listener.address.lastIndexOf(":")).replace(/^\[|\]$/g, "");
  return { address: listener.address, host, port: listener.port };
}
