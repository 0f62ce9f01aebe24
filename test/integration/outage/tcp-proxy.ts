import { once } from "node:events";
import net from "node:net";

/**
 * What the path does:
 * "pass"; "delay": bytes arrive late; "cut": connections break and are refused; "black-hole": connections stay and are
 * taken, but nothing comes through; "truncate": each connection breaks after a few bytes of the answer.
 */
export type Fault = "pass" | "delay" | "cut" | "black-hole" | "truncate";

const DELAY_MS = 300;
const TRUNCATED_BYTES = 180;

/** A TCP path to a registry, with faults. */
export class TcpProxy {
  private readonly server: net.Server;
  private readonly pairs = new Set<[net.Socket, net.Socket]>();
  /** What was in a black hole stays there, also when the path is well again. */
  private readonly swallowed = new WeakSet<net.Socket>();
  private readonly targetPort: number;
  private fault: Fault = "pass";
  port = 0;

  private constructor(targetPort: number) {
    this.targetPort = targetPort;
    this.server = net.createServer((incoming) => this.connect(incoming));
  }

  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    proxy.server.listen(0, "127.0.0.1");
    await once(proxy.server, "listening");
    proxy.port = (proxy.server.address() as net.AddressInfo).port;
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  set(fault: Fault): void {
    this.fault = fault;
    if (fault === "cut" || fault === "truncate") this.breakAll();
    if (fault === "black-hole") for (const pair of this.pairs) this.swallow(pair);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.breakAll();
    this.server.close();
    await once(this.server, "close");
  }

  private connect(incoming: net.Socket): void {
    incoming.on("error", () => undefined);
    if (this.fault === "cut") return void incoming.destroy();
    const outgoing = net.connect(this.targetPort, "127.0.0.1");
    const pair: [net.Socket, net.Socket] = [incoming, outgoing];
    this.pairs.add(pair);
    if (this.fault === "black-hole") this.swallow(pair);
    const end = (): void => {
      incoming.destroy();
      outgoing.destroy();
      this.pairs.delete(pair);
    };
    outgoing.on("error", end).on("close", end);
    incoming.on("close", end);
    this.forward(incoming, outgoing, false);
    this.forward(outgoing, incoming, true);
  }

  private forward(from: net.Socket, to: net.Socket, answers: boolean): void {
    let passed = 0;
    from.on("data", (chunk: Buffer) => {
      if (this.swallowed.has(from)) return;
      if (this.fault === "truncate" && answers) {
        to.write(chunk.subarray(0, Math.max(0, TRUNCATED_BYTES - passed)));
        passed += chunk.length;
        if (passed >= TRUNCATED_BYTES) from.destroy();
      } else if (this.fault === "delay") setTimeout(() => to.destroyed || to.write(chunk), DELAY_MS);
      else to.write(chunk);
    });
    from.on("end", () => to.end());
  }

  private swallow(pair: readonly net.Socket[]): void {
    for (const socket of pair) this.swallowed.add(socket);
  }

  private breakAll(): void {
    for (const [incoming, outgoing] of this.pairs) {
      incoming.resetAndDestroy();
      outgoing.destroy();
    }
    this.pairs.clear();
  }
}
