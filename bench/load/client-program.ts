import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { closedLoop, type Load, openLoop } from "./load.js";

export interface LoadOptions {
  /** host:port */
  readonly target: string;
  readonly kind: string;
  readonly concurrency: number;
  readonly bytes: number;
  /** A file of roots; TLS when given. */
  readonly ca: string | undefined;
}

/** What a client under test brings: how it makes a kind of load, and one call on a new connection, which stays open. */
export interface ClientUnderTest {
  load(options: LoadOptions): Load | Promise<Load>;
  connectOnce(options: LoadOptions): Promise<unknown>;
}

/** The program around it: the same flags and lines as bench/peers/go. A round's milliseconds a line in, its result as JSON a line out. */
export async function clientProgram(client: ClientUnderTest): Promise<void> {
  const { values } = parseArgs({
    options: {
      target: { type: "string", default: "" },
      kind: { type: "string", default: "unary" },
      concurrency: { type: "string", default: "1" },
      bytes: { type: "string", default: "0" },
      rate: { type: "string", default: "0" },
      ca: { type: "string" },
    },
  });
  const { target, kind, ca } = values;
  const options: LoadOptions = { target, kind, ca, concurrency: Number(values.concurrency), bytes: Number(values.bytes) };
  if (kind === "connections") {
    const held: unknown[] = [];
    for (let index = 0; index < options.concurrency; index++) held.push(await client.connectOnce(options));
    console.log(JSON.stringify({ count: held.length }));
    process.stdin.resume().on("end", () => process.exit(0));
    return;
  }
  const load = await client.load(options);
  for await (const line of createInterface({ input: process.stdin })) {
    const rate = Number(values.rate);
    console.log(
      JSON.stringify(rate > 0 ? await openLoop(load, rate, Number(line)) : await closedLoop(load, options.concurrency, Number(line))),
    );
  }
  process.exit(0);
}
