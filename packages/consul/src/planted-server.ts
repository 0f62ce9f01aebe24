import http from "node:http";
import type { AddressInfo } from "node:net";

/** What a planted server does with one request. */
export type Plant = (request: PlantedRequest, response: http.ServerResponse) => void;

export interface PlantedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** How many came before it, liveness probes not counted. */
  readonly nth: number;
}

/** A stand-in for Consul that misbehaves as it is told. Probes of `status/leader` are answered unless `plant` is told of them too. */
export class PlantedServer {
  readonly requests: PlantedRequest[] = [];
  private readonly server: http.Server;
  private plant: Plant;
  address = "";

  private constructor(plant: Plant, probes: boolean) {
    this.plant = plant;
    this.server = http.createServer((incoming, response) => {
      let body = "";
      incoming.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      incoming.on("end", () => {
        const url = new URL(incoming.url ?? "/", "http://planted");
        if (url.pathname === "/v1/status/leader" && !probes) return void response.end('"127.0.0.1:8300"');
        const nth = this.requests.length;
        const { method = "", headers } = incoming;
        const request = { method, path: url.pathname, query: url.searchParams, headers, body, nth };
        this.requests.push(request);
        this.plant(request, response);
      });
    });
  }

  static async start(plant: Plant, options: { readonly probes?: boolean; readonly port?: number } = {}): Promise<PlantedServer> {
    const planted = new PlantedServer(plant, options.probes ?? false);
    await new Promise<void>((resolve) => planted.server.listen(options.port ?? 0, "127.0.0.1", resolve));
    planted.address = `127.0.0.1:${(planted.server.address() as AddressInfo).port}`;
    return planted;
  }

  replant(plant: Plant): void {
    this.plant = plant;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** An answer with an index. */
export function answer(response: http.ServerResponse, index: number | undefined, value: unknown, status = 200): void {
  if (index !== undefined) response.setHeader("x-consul-index", String(index));
  response.statusCode = status;
  response.end(typeof value === "string" ? value : JSON.stringify(value));
}

/** One KV pair as Consul writes it. */
export function wirePair(key: string, value: string, index: number): readonly unknown[] {
  return [{ Key: key, Value: Buffer.from(value).toString("base64"), Flags: 0, LockIndex: 0, CreateIndex: 1, ModifyIndex: index }];
}
