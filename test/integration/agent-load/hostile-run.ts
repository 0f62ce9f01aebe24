/** Requests that mean harm, made from a seed, each on a connection of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAgentProcess } from "../agent-crash/agent-process.js";
import { ApiClient, forEach, residentMiB } from "./api-client.js";

export interface HostileResult {
  readonly requests: number;
  readonly bytes: number;
  /** How often each status came; "closed" for a connection that was closed on a request that never became whole. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly residentMiBMost: number;
  readonly faults: readonly string[];
}

/** An answer later than this is a hang. */
const ANSWER_MS_MAX = 10_000;
const TOGETHER = 16;
const BATCH = 256;
/** Kinds that always make a whole request, so that an answer is due; after the others the client ends its side. */
const WHOLE: ReadonlySet<string> = new Set(["path", "query", "body", "pipelined"]);

export async function runHostile(bytesMax: number, seed: number, print: (line: string) => void): Promise<HostileResult> {
  const directory = await mkdtemp(join(tmpdir(), "agent-hostile-"));
  const agent = await startAgentProcess(directory);
  const client = new ApiClient(agent.address, 1);
  const statuses: Record<string, number> = {};
  const faults: string[] = [];
  const pick = generator(seed);
  let requests = 0;
  let bytes = 0;
  let residentMiBMost = 0;
  try {
    await client.ask("PUT", "/v1/kv/witness", "seen");
    for (let told = 0; bytes < bytesMax && faults.length === 0; ) {
      await forEach(BATCH, TOGETHER, async () => {
        const [kind, request] = hostileRequest(pick);
        requests += 1;
        bytes += request.length;
        const status = await send(agent.address, request, !WHOLE.has(kind));
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (status === "hang" || status === "garbled" || (WHOLE.has(kind) && status === "closed"))
          faults.push(`${kind}: ${status}: ${show(request)}`);
      });
      residentMiBMost = Math.max(residentMiBMost, await residentMiB(agent.process.pid));
      if (agent.process.exitCode !== null || agent.process.signalCode !== null) faults.push("the agent is gone");
      else if ((await client.ask("GET", "/v1/kv/witness?raw")).body !== "seen") faults.push("a key changed that nobody wrote");
      if (bytes - told > bytesMax / 10) {
        told = bytes;
        print(`${requests} requests, ${Math.round(bytes / 1e6)} MB, ${residentMiBMost} MiB resident at most`);
      }
    }
    return { requests, bytes, statuses, residentMiBMost, faults };
  } finally {
    client.close();
    await agent.kill();
    await rm(directory, { recursive: true, force: true });
  }
}

/** The status of the first answer, or what came in its place. */
function send(address: string, request: Buffer, endsAfter: boolean): Promise<string> {
  const colon = address.lastIndexOf(":");
  return new Promise((resolve) => {
    let said = "";
    const settle = (status: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(status);
    };
    const timer = setTimeout(() => settle("hang"), ANSWER_MS_MAX);
    const judge = (): void => {
      const status = /^HTTP\/1\.1 ([2-5]\d\d) /.exec(said)?.[1];
      settle(said === "" ? "closed" : (status ?? "garbled"));
    };
    const socket = connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) }, () => {
      if (endsAfter) socket.end(request);
      else socket.write(request);
    });
    socket.on("data", (part) => {
      said += part.toString("latin1").replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, "");
      if (said.includes("\r\n")) judge();
    });
    // A refused request is answered before it was sent whole: what is still on its way resets the connection.
    socket.on("error", (error: NodeJS.ErrnoException) => (said === "" && error.code !== "ECONNREFUSED" ? settle("reset") : judge()));
    socket.on("close", judge);
  });
}

const PATHS = [
  "kv/a",
  "kv/a?keys",
  "txn",
  "agent/service/register",
  "agent/check/register",
  "agent/check/update/x",
  "agent/services",
  "catalog/register",
  "catalog/deregister",
  "catalog/services",
  "catalog/nodes",
  "health/service/a",
  "health/state/any",
  "session/create",
  "session/list",
  "session/renew/x",
  "event/fire/x",
  "event/list",
  "query",
  "query/x/execute",
  "config",
  "snapshot",
  "coordinate/update",
  "operator/raft/configuration",
  "connect/ca/roots",
  "acl/token",
  "internal/ui/services",
];
const METHODS = ["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "get", "", "A".repeat(300)];
const BOMBS = ["[", '{"a":', '[{"KV":', '{"Service":', '"\\u0000', "1e999,", '{"__proto__":{"x":1},', "9".repeat(40), "\u0000", "\xff\xfe"];
const QUERIES = [
  "filter=",
  "index=",
  "wait=",
  "cas=",
  "flags=",
  "near=",
  "dc=",
  "node-meta=",
  "separator=",
  "acquire=",
  "%",
  "%zz=",
  ";",
  "ns=",
];

type Pick = (below: number) => number;

/** A linear congruential generator: the same seed, the same requests. */
function generator(seed: number): Pick {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const oneOf = (pick: Pick, list: readonly string[]): string => list[pick(list.length)]!;
const noise = (pick: Pick, length: number): string => String.fromCharCode(...Array.from({ length }, () => pick(256)));
const printable = (pick: Pick, length: number): string => String.fromCharCode(...Array.from({ length }, () => 33 + pick(94)));

function hostileRequest(pick: Pick): readonly [kind: string, bytes: Buffer] {
  const kinds = { path, query, header, body, chunks, lengths, noisy, cut, pipelined };
  const names = Object.keys(kinds) as (keyof typeof kinds)[];
  const kind = names[pick(names.length)]!;
  return [kind, Buffer.from(kinds[kind](pick), "latin1")];
}

const withBody = (method: string, path: string, content: string, headers = ""): string =>
  `${method} /v1/${path} HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: ${content.length}\r\n\r\n${content}`;

function path(pick: Pick): string {
  const parts = ["..", "%2e%2e", "%00", "//", "/./", "%", "%zz", "\x01", printable(pick, 20), "a".repeat(pick(8_000)), "*", "?#"];
  return withBody(oneOf(pick, METHODS), `${oneOf(pick, PATHS)}/${oneOf(pick, parts)}/${oneOf(pick, parts)}`, "");
}

function query(pick: Pick): string {
  const value = [noise(pick, 30), "9".repeat(pick(50)), "(".repeat(pick(30_000)), `a matches "${"(a+)+".repeat(pick(500))}"`, "-1", "%00"];
  const parts = Array.from({ length: 1 + pick(200) }, () => oneOf(pick, QUERIES) + encodeURIComponent(oneOf(pick, value)).slice(0, 40_000));
  // Nobody waits long on purpose.
  return withBody(oneOf(pick, METHODS), `${oneOf(pick, PATHS)}?wait=1ms&${parts.slice(0, 1 + pick(parts.length)).join("&")}`, "");
}

function header(pick: Pick): string {
  const one = (): string => {
    const value = [printable(pick, pick(100)), noise(pick, 20), "x".repeat(pick(9_000)), "max-age=z", "gzip;q=9", "chunked, chunked"];
    const name = [
      "Host",
      "Content-Length",
      "Transfer-Encoding",
      "Connection",
      "Expect",
      "Cache-Control",
      "Accept-Encoding",
      " X",
      "",
      printable(pick, 8),
    ];
    return `${oneOf(pick, name)}${oneOf(pick, [":", ": ", " :", ""])}${oneOf(pick, value)}\r\n`;
  };
  return withBody(oneOf(pick, METHODS), oneOf(pick, PATHS), "", Array.from({ length: 1 + pick(100) }, one).join(""));
}

function body(pick: Pick): string {
  const content = oneOf(pick, BOMBS).repeat(pick(100_000)).slice(0, 1_000_000) + oneOf(pick, BOMBS);
  return withBody(oneOf(pick, ["PUT", "POST"]), oneOf(pick, PATHS), content);
}

function chunks(pick: Pick): string {
  const size = [
    "0",
    "5",
    "fffffffff",
    "-1",
    "0x5",
    `5;ext=${"x".repeat(pick(20_000))}`,
    "zz",
    "",
    "00000000000000000005",
    "7fffffffffffffff",
  ];
  const one = (): string =>
    `${oneOf(pick, size)}${oneOf(pick, ["\r\n", "\n", "\r"])}${printable(pick, 5)}${oneOf(pick, ["\r\n", "", "\n"])}`;
  const content = Array.from({ length: 1 + pick(500) }, one).join("");
  return `PUT /v1/${oneOf(pick, PATHS)} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${content}0\r\n\r\n`;
}

function lengths(pick: Pick): string {
  const length = ["-1", "1e3", "0x10", "+5", "99999999999", "18446744073709551616", "5, 5", "5\r\nContent-Length: 6", ""];
  return `PUT /v1/${oneOf(pick, PATHS)} HTTP/1.1\r\nHost: x\r\nContent-Length: ${oneOf(pick, length)}\r\n\r\nhello`;
}

const noisy = (pick: Pick): string => `${noise(pick, 10 + pick(5_000))}\r\n\r\n`;

function cut(pick: Pick): string {
  const whole = body(pick);
  return whole.slice(0, pick(whole.length));
}

const pipelined = (pick: Pick): string => Array.from({ length: 1 + pick(300) }, () => withBody("GET", oneOf(pick, PATHS), "")).join("");

const show = (request: Buffer): string => JSON.stringify(request.subarray(0, 400).toString("latin1"));
