import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../cli/process.js", import.meta.url));

type Demo = ChildProcessByStdio<null, Readable, null>;

/** In a process group of its own, as a shell starts it. */
function start(...args: readonly string[]): {
  demo: Demo;
  lines: string[];
  line: (pattern: RegExp) => Promise<string>;
  ended: Promise<unknown[]>;
} {
  const demo = spawn(process.execPath, [PROGRAM, "demo", "--http-port", "0", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: demo.stdout }).on("line", (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  const ended = once(demo, "exit");
  const line = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.find((each) => pattern.test(each));
        if (found !== undefined) resolve(found);
      };
      waiting.add(look);
      void ended.then(() => reject(new Error(`the demo ended before ${pattern}:\n${lines.join("\n")}`)));
      look();
    });
  return { demo, lines, line, ended };
}

/** True: nobody of its process group is left. */
function groupIsGone(demo: Demo): boolean {
  try {
    process.kill(-(demo.pid ?? 0), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

test("the demo makes a first call, loses an instance under traffic and no call, and ends by itself", { timeout: 90_000 }, async () => {
  const { demo, lines, line, ended } = start("--seconds", "5");
  assert.match(await line(/^first call:/), /^first call: +getUserInfo\(1\) said grace@example\.com after [\d.]+ ms/);
  const front = (await line(/^look:/)).split(" ").find((word) => word.startsWith("http://")) ?? "";
  const joined = (await (await fetch(front)).json()) as { order: { email: string }; user: { email: string }; product: { name: string } };
  assert.deepEqual([joined.order.email, joined.user.email, joined.product.name], ["grace@example.com", "grace@example.com", "kettle"]);
  await line(/^kill -9: +users-2/);
  assert.deepEqual(await ended, [0, null], lines.join("\n"));
  assert.match(lines.join("\n"), /^calls: +[1-9]\d* answered, 0 failed, 1 instances killed$/m);
  assert.ok(groupIsGone(demo));
});

test("Ctrl-C ends the demo: services deregistered, no process left, its ports free", { timeout: 60_000 }, async () => {
  const { demo, lines, line, ended } = start();
  const url = (await line(/^agent:/)).split(/\s+/)[1] ?? "";
  await line(/^live:/);
  process.kill(-(demo.pid ?? 0), "SIGINT"); // A terminal sends it to the whole group.
  assert.deepEqual(await ended, [0, null], lines.join("\n"));
  assert.match(lines.at(-1) ?? "", /^stopped:/);
  assert.ok(groupIsGone(demo));
  await assert.rejects(fetch(`${url}/v1/status/leader`));
});

test("killing the demo leaves no orphans", { timeout: 60_000 }, async () => {
  const { demo, line, ended } = start();
  await line(/^live:/);
  demo.kill("SIGKILL");
  await ended;
  for (const until = AbortSignal.timeout(20_000); !groupIsGone(demo); ) {
    assert.equal(until.aborted, false, "an instance lives on");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});
