/** DNS on the network: UDP and TCP listeners, and the way to the recursors. */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer, isIPv6, type Server, type Socket } from "node:net";
import { decode, encode } from "dns-packet";
import { type DnsMessage, RCODE, RECURSION_AVAILABLE } from "./message.js";
import { type RespondOptions, refusal, respond } from "./respond.js";

export interface DnsServerOptions extends Omit<RespondOptions, "hasRecursors"> {
  readonly hosts: readonly string[];
  /** 0: the system chooses, the same for UDP and TCP of the first host. */
  readonly port: number;
  /** Addresses, with or without a port. */
  readonly recursors: readonly string[];
  readonly warn: (line: string) => void;
}

export interface DnsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** A TCP client that says nothing for so long is dropped. */
const TCP_IDLE_MS = 10_000;
const TCP_CLIENTS_MAX = 1_000;
/** Questions on their way to the recursors; more are answered SERVFAIL. */
const RECURSIONS_MAX = 1_000;
/** A port that is free for UDP may be taken for TCP: so often another is tried. */
const PORT_ATTEMPTS = 10;

export async function startDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  for (let attempt = 1; ; attempt++) {
    const server = new Listener(options);
    try {
      await server.listen();
      return server;
    } catch (error) {
      await server.close();
      if (options.port !== 0 || (error as NodeJS.ErrnoException).code !== "EADDRINUSE" || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

class Listener implements DnsServer {
  readonly #options: DnsServerOptions;
  readonly #udp: UdpSocket[] = [];
  readonly #tcp: Server[] = [];
  readonly #clients = new Set<Socket>();
  readonly #recursing = new Set<UdpSocket>();
  #port: number;

  constructor(options: DnsServerOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  get port(): number {
    return this.#port;
  }

  async listen(): Promise<void> {
    for (const host of this.#options.hosts) {
      await this.#listenUdp(host);
      await this.#listenTcp(host);
    }
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    for (const socket of [...this.#udp, ...this.#recursing]) socket.close();
    this.#udp.length = 0;
    this.#recursing.clear();
    await Promise.all(this.#tcp.splice(0).map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  }

  #listenUdp(host: string): Promise<void> {
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    socket.on("message", (bytes, peer) => {
      this.#answer(bytes, "udp", (reply) => socket.send(reply, peer.port, peer.address, () => {}));
    });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(this.#port, host, () => {
        socket.off("error", reject);
        socket.on("error", (error) => this.#options.warn(`dns: ${error.message}`));
        this.#udp.push(socket);
        this.#port = socket.address().port;
        resolve();
      });
    });
  }

  #listenTcp(host: string): Promise<void> {
    const server = createServer((client) => this.#serveTcp(client));
    server.maxConnections = TCP_CLIENTS_MAX;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, host, () => {
        server.off("error", reject);
        this.#tcp.push(server);
        resolve();
      });
    });
  }

  /** Messages with their length before them (RFC 1035 §4.2.2), any number on a connection. */
  #serveTcp(client: Socket): void {
    this.#clients.add(client);
    client.setTimeout(TCP_IDLE_MS, () => client.destroy());
    client.once("close", () => this.#clients.delete(client));
    client.on("error", () => client.destroy());
    let held: Buffer = Buffer.alloc(0);
    client.on("data", (chunk) => {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
        const end = 2 + held.readUInt16BE(0);
        this.#answer(held.subarray(2, end), "tcp", (reply) => client.write(framed(reply)));
        held = held.subarray(end);
      }
    });
  }

  #answer(bytes: Buffer, transport: "udp" | "tcp", send: (reply: Buffer) => void): void {
    let query: DnsMessage;
    try {
      query = decode(bytes);
    } catch {
      // Whoever cannot write a question cannot read a refusal; an answer would only serve to amplify.
      return;
    }
    if (query.type !== "query") return;
    try {
      const reply = respond({ ...this.#options, hasRecursors: this.#options.recursors.length > 0 }, query, transport);
      if (reply !== undefined) send(encode(reply));
      else this.#recurse(bytes, query).then(send, () => send(encode(refusal(query, RCODE.serverFailure))));
    } catch (error) {
      this.#options.warn(`dns: ${(error as Error).message}`);
      send(encode(refusal(query, RCODE.serverFailure)));
    }
  }

  /** Asks one recursor after the other, over UDP; what they say goes back as it came. */
  async #recurse(bytes: Buffer, query: DnsMessage): Promise<Buffer> {
    for (const recursor of this.#options.recursors) {
      if (this.#recursing.size >= RECURSIONS_MAX) break;
      const reply = await this.#ask(recursor, bytes).catch(() => undefined);
      if (reply === undefined || reply.readUInt16BE(0) !== query.id) continue;
      const code = reply.readUInt16BE(2) & 0xf;
      if (code !== RCODE.noError && code !== RCODE.nameError) continue;
      reply.writeUInt16BE(reply.readUInt16BE(2) | RECURSION_AVAILABLE, 2);
      return reply;
    }
    throw new Error("no recursor answered");
  }

  #ask(recursor: string, bytes: Buffer): Promise<Buffer> {
    const [, host = recursor, port = "53"] = /^\[?([^\]]+?)\]?(?::(\d+))?$/.exec(isIPv6(recursor) ? `[${recursor}]` : recursor) ?? [];
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    this.#recursing.add(socket);
    return new Promise<Buffer>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("timed out")), this.#options.dns.recursorTimeoutMs);
      socket.once("error", reject);
      socket.once("message", (reply) => {
        clearTimeout(timer);
        if (reply.length >= 12) resolve(Buffer.from(reply));
        else reject(new Error("not an answer"));
      });
      // Connected, so that only the recursor can answer.
      socket.connect(Number(port), host, () => socket.send(bytes, (error) => error && reject(error)));
    }).finally(() => {
      if (this.#recursing.delete(socket)) socket.close();
    });
  }
}

function framed(reply: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(2 + reply.length);
  frame.writeUInt16BE(reply.length, 0);
  reply.copy(frame, 2);
  return frame;
}
