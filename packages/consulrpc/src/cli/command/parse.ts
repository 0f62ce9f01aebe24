import { parseArgs } from "node:util";
import { type Command, type Flag, UsageError, type Values } from "./command.js";

/** Flags that every command has. */
export const COMMON_FLAGS: Readonly<Record<string, Flag>> = {
  help: { type: "boolean", short: "h", help: "show this" },
  json: { type: "boolean", help: "print JSON, for programs" },
  "http-addr": { type: "string", value: "ADDRESS", help: "where Consul is; default $CONSUL_HTTP_ADDR, else 127.0.0.1:8500" },
  token: { type: "string", value: "TOKEN", help: "Consul's ACL token; default $CONSUL_HTTP_TOKEN" },
  datacenter: { type: "string", value: "NAME", help: "the datacenter to ask; default the agent's own" },
};

/** A command's arguments taken apart. Throws UsageError in words of ours. */
export function parseArguments({ flags }: Command, args: readonly string[]): { values: Values; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries({ ...COMMON_FLAGS, ...flags }).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short === undefined ? {} : { short }), ...(multiple === undefined ? {} : { multiple }) },
    ]),
  );
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/\. To specify a positional.*$/s, ""));
  }
}

/** What --help prints. */
export function helpOf({ name, summary, usage, examples, flags }: Command): string {
  return [
    `consulrpc ${name}: ${summary}`,
    "",
    `usage: consulrpc ${name} ${usage}`.trimEnd(),
    "",
    ...examples.map((example) => `  $ consulrpc ${example}`),
    "",
    ...flagLines({ ...flags, ...COMMON_FLAGS }),
  ].join("\n");
}

function flagLines(flags: Readonly<Record<string, Flag>>): string[] {
  const left = Object.entries(flags).map(
    ([name, { short, value }]) => `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`,
  );
  const width = Math.max(...left.map((part) => part.length));
  return Object.values(flags).map(({ help }, index) => `  ${(left[index] ?? "").padEnd(width)}  ${help}`);
}
