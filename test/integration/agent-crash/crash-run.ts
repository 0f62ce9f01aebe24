/**
 * Kills an agent at random moments of a write load, starts it again on the same directory, and asks for everything: each
 * acknowledged write is there, none that was refused is, and no index is lower than one that somebody saw.
 *
 * A kill leaves what the kernel holds; that a sync is missing shows only with store/disk-double.ts, in the agent's own tests.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AgentProcess, startAgentProcess } from "./agent-process.js";

const WRITERS = 16;
const LOAD_MS_MIN = 5;
const LOAD_MS_MAX = 250;

export interface CrashResult {
  readonly crashes: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** Writes that were under way when the agent died: they may be there or not. */
  readonly unanswered: number;
}

/** What the world was told. */
class Ledger {
  /** key → the last value that was acknowledged. */
  readonly acknowledged = new Map<string, number>();
  /** key → the last value that was tried. */
  readonly tried = new Map<string, number>();
  readonly refused = new Set<string>();
  index = 0;
  acknowledgedWrites = 0;
  unanswered = 0;
}

export async function runCrashes(crashes: number, random: () => number, progress: (line: string) => void): Promise<CrashResult> {
  const directory = mkdtempSync(join(tmpdir(), "agent-crash-"));
  const ledger = new Ledger();
  let agent: AgentProcess | undefined;
  try {
    for (let crash = 0; crash < crashes; crash++) {
      agent = await startAgentProcess(directory);
      await verify(agent, ledger, crash);
      const load = startLoad(agent, ledger);
      await new Promise((resolve) => setTimeout(resolve, LOAD_MS_MIN + random() * (LOAD_MS_MAX - LOAD_MS_MIN)));
      await agent.kill();
      await load;
      if ((crash + 1) % 50 === 0) progress(`${crash + 1} crashes, ${ledger.acknowledgedWrites} writes acknowledged`);
    }
    agent = await startAgentProcess(directory);
    await verify(agent, ledger, crashes);
    return { crashes, acknowledged: ledger.acknowledgedWrites, refused: ledger.refused.size, unanswered: ledger.unanswered };
  } finally {
    await agent?.kill();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function startLoad(agent: AgentProcess, ledger: Ledger): Promise<void> {
  const http = new Agent({ keepAlive: true });
  const writer = async (id: number): Promise<void> => {
    const key = `w/${id}`;
    for (;;) {
      const value = (ledger.tried.get(key) ?? 0) + 1;
      ledger.tried.set(key, value);
      try {
        const put = await send(http, agent.address, "PUT", `/v1/kv/${key}`, String(value));
        if (put.status !== 200 || put.body.trim() !== "true") throw new Error(`PUT answered ${put.status} ${put.body}`);
        ledger.acknowledged.set(key, value);
        ledger.acknowledgedWrites++;
        const refused = `refused/${id}-${value}`;
        const cas = await send(http, agent.address, "PUT", `/v1/kv/${refused}?cas=1`, "x");
        if (cas.body.trim() === "false") ledger.refused.add(refused);
        const seen = await send(http, agent.address, "GET", `/v1/kv/${key}`);
        ledger.index = Math.max(ledger.index, Number(seen.headers["x-consul-index"] ?? 0));
      } catch (error) {
        if (!isGone(error)) throw error;
        ledger.unanswered++;
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, id) => writer(id)));
  http.destroy();
}

function isGone(error: unknown): boolean {
  return ["ECONNRESET", "ECONNREFUSED", "EPIPE"].includes((error as NodeJS.ErrnoException).code ?? "");
}

async function verify(agent: AgentProcess, ledger: Ledger, crash: number): Promise<void> {
  const http = new Agent();
  const reply = await send(http, agent.address, "GET", "/v1/kv/?recurse");
  const entries = reply.status === 404 ? [] : (JSON.parse(reply.body) as { Key: string; Value: string }[]);
  const found = new Map(entries.map(({ Key, Value }) => [Key, Number(Buffer.from(Value, "base64").toString())]));
  const after = `after crash ${crash}`;
  for (const [key, value] of ledger.acknowledged) {
    const actual = found.get(key) ?? 0;
    if (actual < value) throw new Error(`${after}: ${key} was acknowledged as ${value} and is ${actual}`);
    if (actual > (ledger.tried.get(key) ?? 0)) throw new Error(`${after}: ${key} is ${actual}, which nobody wrote`);
  }
  for (const key of ledger.refused) if (found.has(key)) throw new Error(`${after}: ${key} was refused and is there`);
  const index = Number(reply.headers["x-consul-index"] ?? 0);
  if (index < ledger.index) throw new Error(`${after}: the index went back from ${ledger.index} to ${index}`);
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function send(agent: Agent, address: string, method: string, path: string, body?: string): Promise<Reply> {
  const [host = "", port = ""] = address.split(":");
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, host, port, method, path }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks).toString() }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
