import type { Consul } from "@consulrpc/consul";
import type { Output } from "../output/output.js";

/** One flag of a command, as `node:util`'s parseArgs takes it, with its sentence for --help. */
export interface Flag {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
  /** What the value is, in capitals: "ADDRESS". */
  readonly value?: string;
  readonly help: string;
}

export type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** Everything a command touches; a test hands it doubles. */
export interface Invocation {
  readonly values: Values;
  readonly positionals: readonly string[];
  readonly output: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Made when first asked for, from --http-addr, --token and the environment; closed when the command ends. */
  readonly consul: () => Consul;
  readonly stdin: () => Promise<Buffer>;
}

/** One command of `consulrpc`. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Behind the name: "SERVICE/METHOD [JSON]". */
  readonly usage: string;
  readonly examples: readonly string[];
  readonly flags: Readonly<Record<string, Flag>>;
  /** Gives the exit code. Throws UsageError for wrong arguments; any other error is printed as one line. */
  run(invocation: Invocation): Promise<number>;
}

/** A command that reads its arguments itself: `agent` takes Consul's flags, which are not ours. */
export interface RawCommand {
  readonly name: string;
  runRaw(
    args: readonly string[],
    world: {
      readonly environment: Invocation["environment"];
      readonly signal: AbortSignal;
      readonly line: (text: string) => void;
      readonly remark: (text: string) => void;
    },
  ): Promise<number>;
}

/** As `consulrpc --help` lists them. */
export const ExitCode = {
  OK: 0,
  /** It was done, and the answer is no: a check fails, a call failed, a compare-and-set did not match. */
  FAILED: 1,
  USAGE: 2,
  /** Consul or a service could not be reached. */
  UNREACHABLE: 3,
  /** What was named does not exist. */
  NOT_FOUND: 4,
} as const;

/** The arguments make no sense; the message says which. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The value of a string flag. */
export function text(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

/** The values of a string flag that may be given several times. */
export function texts(values: Values, name: string): string[] {
  const value = values[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** The value of a flag that is a number. */
export function number(values: Values, name: string): number | undefined {
  const given = text(values, name);
  if (given === undefined) return undefined;
  const value = Number(given);
  if (given.trim() === "" || !Number.isFinite(value)) throw new UsageError(`--${name} is ${JSON.stringify(given)}: no number`);
  return value;
}

/** Exactly the positional arguments that a command wants. */
export function wanted(positionals: readonly string[], ...names: readonly string[]): string[] {
  if (positionals.length === names.length) return [...positionals];
  const missing = names.slice(positionals.length);
  throw new UsageError(
    missing.length > 0 ? `${missing.join(" and ")} missing` : `too many arguments: ${positionals.slice(names.length).join(" ")}`,
  );
}
