// node served-process.js [WORKERS]: one instance of "process.Slow", or one a worker of node:cluster. Its parent is told what happens.
import cluster from "node:cluster";
import { serve } from "consulrpc";

/** Answers when the parent says so. */
class Slow {
  async finish(): Promise<string> {
    const said = new Promise<void>((resolve) => process.once("message", () => resolve()));
    process.send?.("called");
    await said;
    return "finished";
  }

  async whoAmI(): Promise<number> {
    return process.pid;
  }
}

const workers = Number(process.argv[2] ?? 0);
if (workers > 0 && cluster.isPrimary) {
  cluster.setupPrimary({ args: process.argv.slice(2) });
  let serving = 0;
  cluster.on("message", () => ++serving === workers && process.send?.("serving"));
  cluster.on("exit", ({ exitedAfterDisconnect }, code) => {
    if (exitedAfterDisconnect !== true && code !== 0) process.exitCode = 1;
  });
  for (let worker = 0; worker < workers; worker++) cluster.fork();
  process.once("SIGTERM", () => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill("SIGTERM");
    process.disconnect?.();
  });
} else {
  await serve("process.Slow", new Slow(), { host: "127.0.0.1", address: "127.0.0.1", check: { interval: "1s" } });
  process.send?.("serving");
}
