// npm run lock: completes package-lock.json where the registry that wrote it did not carry every platform's optional
// package. npm then leaves the entry out, and `npm ci` refuses the file. What is added is what npm itself would have
// written (os, cpu and libc follow from the names), without an integrity, which only a registry that has it can tell.
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));

const OS = ["android", "darwin", "freebsd", "linux", "openbsd", "netbsd", "sunos", "aix", "win32", "openharmony"];
const CPU = ["arm64", "arm", "x64", "ia32", "ppc64", "riscv64", "s390x", "loong64", "mips64el", "wasm32", "universal"];

let added = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (found(path, name) || !/^\d+\.\d+\.\d+/.test(version)) continue;
    const platform = platformOf(name);
    if (platform === undefined) continue;
    lock.packages[`node_modules/${name}`] = { version, ...platform, ...(entry.dev === true ? { dev: true } : {}), optional: true };
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([left], [right]) => left.localeCompare(right, "en")));
if (added > 0) writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
console.log(`${added} entries added`);

/** As Node looks packages up: in the dependent's own node_modules, then in each folder's above it. */
function found(path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")))) {
    if (`${folder === "" ? "" : `${folder}/`}node_modules/${name}` in lock.packages) return true;
    if (folder === "") return false;
  }
}

function platformOf(name) {
  const words = name.slice(name.indexOf("/") + 1).split("-");
  const os = OS.find((each) => words.includes(each));
  const cpu = CPU.find((each) => words.some((word) => word === each || (each === "arm" && word.startsWith("arm") && word !== "arm64")));
  const libc = words.some((word) => word.startsWith("musl")) ? "musl" : words.some((word) => word.startsWith("gnu")) ? "glibc" : undefined;
  if (os === undefined) return undefined;
  return { cpu: cpu === undefined || cpu === "universal" ? undefined : [cpu], os: [os], libc: libc === undefined ? undefined : [libc] };
}
