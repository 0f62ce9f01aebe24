/** One of the twins: requests to it, and what only it knows (its ids and indexes). */
import { Agent, request } from "node:http";

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Side {
  readonly name: "ours" | "real";
  readonly address: string;
  /** Ids that this twin gave, by the name that the steps use for them. */
  readonly ids: Map<string, string>;
  /** The last index of each request that was repeated. */
  readonly indexes: Map<string, number>;
  send(method: string, path: string, body?: string): Promise<Reply>;
  close(): Promise<void>;
}

const REQUEST_MS_MAX = 60_000;

export function createSide(name: "ours" | "real", address: string, close: () => Promise<void>): Side {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const [host = "", port = ""] = address.split(":");
  return {
    name,
    address,
    ids: new Map(),
    indexes: new Map(),
    send: (method, path, body) =>
      new Promise((resolve, reject) => {
        const outgoing = request({ host, port, method, path, agent, timeout: REQUEST_MS_MAX }, (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("error", reject);
          incoming.on("end", () => {
            const headers = Object.fromEntries(Object.entries(incoming.headers).map(([key, value]) => [key, String(value)]));
            resolve({ status: incoming.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString() });
          });
        });
        outgoing.on("timeout", () => outgoing.destroy(new Error(`${name}: no answer to ${method} ${path} in ${REQUEST_MS_MAX} ms`)));
        outgoing.on("error", reject);
        outgoing.end(body);
      }),
    async close() {
      agent.destroy();
      await close();
    },
  };
}
