// Run before every script of package.json: installs what is missing and builds what is stale, and is quick and
// silent when there is nothing to do. Plain JavaScript on Node's own modules, because nothing is installed yet.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url));
const NODE_MIN = [20, 19];
const IGNORED = new Set(["node_modules", "dist", ".git", "coverage"]);

checkNode();
if (dependenciesAreStale()) {
  say("installing dependencies (npm ci)");
  npm(["ci", "--no-audit", "--no-fund", "--loglevel=error"], "npm ci failed");
}
if (buildIsStale()) {
  say("building (tsc -b)");
  const startedAt = new Date(); // What is saved while the compiler runs is newer than this build.
  run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b"], "the build failed");
  mkdirSync(join(root, "node_modules/.cache"), { recursive: true });
  writeFileSync(marker(), "");
  utimesSync(marker(), startedAt, startedAt);
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  fail(`ConsulRPC needs Node ${NODE_MIN.join(".")} or newer; this is ${process.versions.node}`);
}

/** npm writes what it installed to node_modules/.package-lock.json: compare, so that a plain `npm install` counts too. */
function dependenciesAreStale() {
  const installed = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installed)) return true;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(installed, "utf8")).packages;
  return Object.entries(wanted).some(([path, entry]) => {
    if (!path.startsWith("node_modules/")) return false;
    const found = present[path];
    if (found === undefined) return entry.optional !== true && entry.peer !== true;
    return found.version !== entry.version || found.integrity !== entry.integrity || found.link !== entry.link;
  });
}

/** Stale: a project was never built, or a source is newer than the last build (a folder's time changes when a file leaves it). */
function buildIsStale() {
  if (!existsSync(marker())) return true;
  const builtAtMs = statSync(marker()).mtimeMs;
  const projects = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")).references;
  if (projects.some(({ path }) => !existsSync(join(root, path, "dist/.tsbuildinfo")))) return true;
  return newerThan(root, builtAtMs, 0);
}

function newerThan(folder, atMs, depth) {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    if (entry.isDirectory()) {
      if (IGNORED.has(entry.name) || (depth === 0 && entry.name === "docs")) return false;
      return newerThan(join(folder, entry.name), atMs, depth + 1);
    }
    return /\.ts$|^(tsconfig.*|package)\.json$/.test(entry.name) && statSync(join(folder, entry.name)).mtimeMs > atMs;
  });
}

function marker() {
  return join(root, "node_modules/.cache/consulrpc-built");
}

/** npm as it was called, so that the version is the same. */
function npm(args, problem) {
  const path = process.env.npm_execpath;
  if (path?.endsWith(".js")) run(process.execPath, [path, ...args], problem);
  else run(process.platform === "win32" ? "npm.cmd" : "npm", args, problem);
}

function run(command, args, problem) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
    shell: /\.cmd$/.test(command),
  });
  if (status === 0) return;
  fail(`${problem}:\n${error === undefined ? "" : `${error.message}\n`}${stdout ?? ""}${stderr ?? ""}`);
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}
