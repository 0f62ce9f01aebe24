/** Requests to an agent over a few connections that are kept. */
import { readFile } from "node:fs/promises";
import { Agent, type IncomingHttpHeaders, request } from "node:http";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export class ApiClient {
  readonly #host: string;
  readonly #port: number;
  readonly #connections: Agent;

  constructor(address: string, connectionsMax: number) {
    const colon = address.lastIndexOf(":");
    this.#host = address.slice(0, colon);
    this.#port = Number(address.slice(colon + 1));
    this.#connections = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  }

  /** Rejects when the answer is not 200: these requests have no reason to fail. */
  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.#send(method, path, body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body));
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.body.slice(0, 200)}`);
    return answer;
  }

  close(): void {
    this.#connections.destroy();
  }

  #send(method: string, path: string, body: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const options = { host: this.#host, port: this.#port, agent: this.#connections, method, path };
      const sent = request({ ...options, headers: { "Content-Length": Buffer.byteLength(body) } }, (incoming) => {
        const parts: Buffer[] = [];
        incoming.on("data", (part: Buffer) => parts.push(part));
        incoming.on("error", reject);
        incoming.on("end", () => {
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(parts).toString() });
        });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }
}

/** Runs the work for 0 … count - 1, at most `together` at a time. */
export async function forEach(count: number, together: number, work: (at: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: together }, worker));
}

/** Resident memory of a process in MiB; 0 where there is no /proc. */
export async function residentMiB(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0) / 1024);
}
