/** Runs steps on both twins, a step at a time, and tells where they part. */
import { accepted } from "./accepted.js";
import { shown } from "./compare.js";
import { NODE, type Pair } from "./pair.js";
import type { Reply, Side } from "./side.js";
import type { Step } from "./steps.js";

export interface Difference {
  readonly at: number;
  readonly step: Step;
  readonly ours: string;
  readonly real: string;
}

/** How long a blocking query waits for the change that may come. */
const BLOCK = "300ms";
const SETTLE_MS_MAX = 10_000;

export async function runSteps(pair: Pair, steps: readonly Step[]): Promise<Difference | undefined> {
  await reset(pair);
  for (const [at, step] of steps.entries()) {
    const [ours, real] = await Promise.all([run(pair.ours, step), run(pair.real, step)]);
    if (ours !== real && accepted(step, ours, real) === undefined) return { at, step, ours, real };
    // Only the agent's own registrations reach the catalog later.
    if (step.method === "PUT" && step.path.startsWith("/v1/agent/")) await settle(pair.real);
  }
  return undefined;
}

/** Empties both, but for what they are themselves. */
async function reset({ ours, real }: Pair): Promise<void> {
  await Promise.all(
    [ours, real].map(async (side) => {
      side.ids.clear();
      side.indexes.clear();
      const list = async (path: string): Promise<unknown> => JSON.parse((await side.send("GET", path)).body);
      await side.send("PUT", "/v1/agent/maintenance?enable=false");
      for (const id of Object.keys((await list("/v1/agent/services")) as object))
        await side.send("PUT", `/v1/agent/service/deregister/${id}`);
      for (const id of Object.keys((await list("/v1/agent/checks")) as object)) await side.send("PUT", `/v1/agent/check/deregister/${id}`);
      for (const { ID } of (await list("/v1/session/list")) as { ID: string }[]) await side.send("PUT", `/v1/session/destroy/${ID}`);
      for (const { Node } of (await list("/v1/catalog/nodes")) as { Node: string }[]) {
        if (Node !== NODE) await side.send("PUT", "/v1/catalog/deregister", JSON.stringify({ Node }));
      }
      await side.send("DELETE", "/v1/kv/?recurse");
      await settle(side);
    }),
  );
}

async function run(side: Side, step: Step): Promise<string> {
  if (step.during !== undefined) return runBlocking(side, step, step.during);
  const reply = await side.send(
    step.method,
    await filled(side, step.path),
    step.body === undefined ? undefined : await filled(side, step.body),
  );
  if (step.names !== undefined && reply.status === 200) side.ids.set(step.names, (JSON.parse(reply.body) as { ID: string }).ID);
  return `${shown(side, reply)}${step.method === "GET" ? `\n${movement(side, step.path, reply)}` : ""}`;
}

/** Whether the index moved since the same was asked last. */
function movement(side: Side, path: string, reply: Reply): string {
  const index = Number(reply.headers["x-consul-index"] ?? 0);
  const before = side.indexes.get(path);
  side.indexes.set(path, index);
  return before === undefined ? "" : index > before ? "index grew" : index < before ? "index fell" : "index stayed";
}

async function runBlocking(side: Side, step: Step, during: Step): Promise<string> {
  const path = await filled(side, step.path);
  const index = Number((await side.send("GET", path)).headers["x-consul-index"] ?? 0);
  const waiting = side.send("GET", `${path}${path.includes("?") ? "&" : "?"}index=${index}&wait=${BLOCK}`);
  const changed = await run(side, during);
  const reply = await waiting;
  const after = Number(reply.headers["x-consul-index"] ?? 0);
  return `${changed}\nthen ${after > index ? "told" : after < index ? "told of a lower index" : "not told"}\n${shown(side, reply)}`;
}

async function filled(side: Side, text: string): Promise<string> {
  let result = text.replace(/\$(s\d)/g, (_, name: string) => side.ids.get(name) ?? "00000000-0000-0000-0000-000000000000");
  for (const [whole, key] of [...text.matchAll(/"?\$index:([^"&]*)"?/g)]) {
    const reply = await side.send("GET", `/v1/kv/${key}`);
    const index = reply.status === 200 ? (JSON.parse(reply.body) as { ModifyIndex: number }[])[0]!.ModifyIndex : 0;
    result = result.replace(whole, String(index));
  }
  return result;
}

/** The real agent tells its catalog a little later: waits until both say the same. */
async function settle(side: Side): Promise<void> {
  for (const startedAtMs = Date.now(); Date.now() - startedAtMs < SETTLE_MS_MAX; ) {
    const ask = async (path: string): Promise<unknown> => JSON.parse((await side.send("GET", path)).body);
    const [services, catalog, checks, health] = (await Promise.all([
      ask("/v1/agent/services"),
      ask(`/v1/catalog/node-services/${NODE}`),
      ask("/v1/agent/checks"),
      ask(`/v1/health/node/${NODE}`),
    ])) as [Record<string, object>, { Services: Rows } | null, Record<string, object>, Rows];
    const isSame =
      same(
        Object.values(services) as Rows,
        (catalog?.Services ?? []).filter(({ ID }) => ID !== "consul"),
        ["ID", "Service", "Port", "Tags", "Meta"],
      ) &&
      same(
        Object.values(checks) as Rows,
        health.filter(({ CheckID }) => CheckID !== "serfHealth"),
        ["CheckID", "Status", "ServiceID", "Name", "Notes"],
      );
    if (isSame) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

type Rows = readonly Readonly<Record<string, unknown>>[];

function same(a: Rows, b: Rows, fields: readonly string[]): boolean {
  const key = (row: Readonly<Record<string, unknown>>): string =>
    JSON.stringify(fields.map((field) => (isEmpty(row[field]) ? "" : row[field])));
  return JSON.stringify(a.map(key).sort()) === JSON.stringify(b.map(key).sort());
}

/** The agent shows {} where its catalog shows null. */
function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === "object" && Object.keys(value).length === 0);
}
