// h2spec against a plain server on the http2 core, and h2specd's cases against a plain client (https://github.com/summerwind/h2spec).
import { execFile, spawn } from "node:child_process";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { requireForeignProgram, selfSigned } from "@consulrpc/tools";
import type { RunSuite, SuiteResult } from "../suite.js";

const script = (name: string): string => new URL(`./h2spec-core/${name}.js`, import.meta.url).pathname;

export const run: RunSuite = async () => {
  const h2spec = requireForeignProgram("h2spec");
  const h2specd = requireForeignProgram("h2specd");
  const { key, cert } = selfSigned();
  return [
    await withServer([], (port) => serverSuite("h2spec-core", h2spec, ["-p", port])),
    await withServer([key, cert], (port) => serverSuite("h2spec-core-tls", h2spec, ["-p", port, "-t", "-k"])),
    await clientSuite(h2specd),
  ];
};

async function withServer<T>(args: readonly string[], use: (port: string) => Promise<T>): Promise<T> {
  const server = spawn(process.execPath, [script("plain-server"), ...args], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    for await (const line of createInterface({ input: server.stdout })) return await use(line);
    throw new Error("the server ended before it listened");
  } finally {
    server.kill();
  }
}

async function serverSuite(suite: string, h2spec: string, args: readonly string[]): Promise<SuiteResult> {
  return read(suite, await output(h2spec, args));
}

/** h2specd gives up as a whole when one case takes three seconds, as on a machine that is busy: it may try again. */
const ATTEMPTS = 3;

/** h2specd serves each case on a port of its own, from a first one upwards. */
async function clientSuite(h2specd: string): Promise<SuiteResult> {
  const command = `${process.execPath} ${script("plain-client")}`;
  let text = "";
  for (let attempt = 0; attempt < ATTEMPTS && !text.includes(" passed, "); attempt++) {
    text = await output(h2specd, ["-f", String(await freePortBelow(30_000)), "-e", command]);
  }
  return read("h2specd", text);
}

function freePortBelow(last: number): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * (last - 20_000));
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(port)));
  });
}

/** It exits with 1 when a case fails: the summary says so too. */
function output(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 300_000, maxBuffer: 1 << 24 }, (_error, stdout) => resolve(stdout));
  });
}

function read(suite: string, text: string): SuiteResult {
  const [, passed, skipped, failed] = /(\d+) passed, (\d+) skipped, (\d+) failed/.exec(text) ?? [];
  if (passed === undefined) throw new Error(`${suite} printed no summary: ${text.slice(-500)}`);
  const notes = text.split("Failures:")[1]?.split("Finished in")[0]?.split("\n") ?? [];
  return {
    suite,
    passed: Number(passed),
    failed: Number(failed),
    skipped: Number(skipped),
    notes: notes.filter((line) => line.trim() !== ""),
  };
}
