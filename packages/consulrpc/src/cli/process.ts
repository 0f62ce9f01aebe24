#!/usr/bin/env node
import { main } from "./main.js";

// What is written after the reader of a pipe has gone (`consulrpc services | head -1`) is nobody's loss.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // A second one ends the process at once, as the first would without us.
  process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
}

process.exitCode = await main(process.argv.slice(2), {
  write: (text) => void process.stdout.write(text),
  writeRemark: (text) => void process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  environment: process.env,
  signal: stop.signal,
  stdin: async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  },
});
