import { Consul, ConsulError } from "@consulrpc/consul";
import { Code, RpcError } from "@consulrpc/grpc";
import { type Command, ExitCode, type Invocation, text, UsageError } from "./command/command.js";
import { helpOf, parseArguments } from "./command/parse.js";
import { commandNamed, summaries } from "./commands.js";
import { Output } from "./output/output.js";

/** What the command line has to do with the world; `process.ts` fills it from the process, tests with doubles. */
export interface World {
  readonly write: (text: string | Uint8Array) => void;
  readonly writeRemark: (text: string) => void;
  readonly isTerminal: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly stdin: () => Promise<Buffer>;
}

/** `consulrpc ARGUMENTS`; gives the exit code and never throws. */
export async function main(args: readonly string[], world: World): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "help" || name.startsWith("-")) return overview(name, world);
  const command = await commandNamed(name);
  if (command === undefined) {
    world.writeRemark(`no command ${JSON.stringify(name)}; consulrpc --help lists them\n`);
    return ExitCode.USAGE;
  }
  return "runRaw" in command ? command.runRaw(rest, { ...world, ...lines(world) }) : run(command, rest, world);
}

function lines({ write, writeRemark }: World): { line: (text: string) => void; remark: (text: string) => void } {
  return { line: (text) => write(`${text}\n`), remark: (text) => writeRemark(`${text}\n`) };
}

async function run(command: Command, args: readonly string[], world: World): Promise<number> {
  let consul: Consul | undefined;
  try {
    const { values, positionals } = parseArguments(command, args);
    if (values.help === true) {
      world.write(`${helpOf(command)}\n`);
      return ExitCode.OK;
    }
    const invocation: Invocation = {
      values,
      positionals,
      output: new Output({ ...world, json: values.json === true }),
      environment: world.environment,
      signal: world.signal,
      stdin: world.stdin,
      consul: () => {
        const [address, token, datacenter] = ["http-addr", "token", "datacenter"].map((flag) => text(values, flag));
        consul ??= new Consul({
          environment: world.environment,
          ...(address === undefined ? {} : { address }),
          ...(token === undefined ? {} : { token }),
          ...(datacenter === undefined ? {} : { datacenter }),
        });
        return consul;
      },
    };
    return await command.run(invocation);
  } catch (error) {
    return explained(command, error, world);
  } finally {
    consul?.close();
  }
}

/** One sentence, and the exit code that goes with it. */
function explained(command: Command, error: unknown, { writeRemark, signal }: World): number {
  if (signal.aborted) return ExitCode.OK;
  writeRemark(`${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) {
    writeRemark(`usage: consulrpc ${command.name} ${command.usage}\n`);
    return ExitCode.USAGE;
  }
  if (error instanceof ConsulError) {
    if (error.unreachable) writeRemark("is an agent running? consulrpc agent -dev starts one; consulrpc doctor looks closer\n");
    return error.unreachable ? ExitCode.UNREACHABLE : error.status === 404 ? ExitCode.NOT_FOUND : ExitCode.FAILED;
  }
  if (error instanceof RpcError) {
    if (error.code === Code.NOT_FOUND && !error.fromPeer) return ExitCode.NOT_FOUND;
    return error.code === Code.UNAVAILABLE ? ExitCode.UNREACHABLE : ExitCode.FAILED;
  }
  return ExitCode.FAILED;
}

function overview(name: string | undefined, { write, writeRemark }: World): number {
  const lines = Object.entries(summaries).map(([command, summary]) => `  ${command.padEnd(12)}${summary}`);
  const helpText = [
    "usage: consulrpc COMMAND [ARGUMENTS]; consulrpc COMMAND --help explains one",
    "",
    ...lines,
    "",
    "exit codes: 0 done, 1 the answer is no, 2 wrong arguments, 3 cannot be reached, 4 not found",
  ].join("\n");
  const asked = name === "help" || name === "--help" || name === "-h";
  if (name !== undefined && !asked) writeRemark(`no command ${JSON.stringify(name)}\n`);
  (asked ? write : writeRemark)(`${helpText}\n`);
  return asked ? ExitCode.OK : ExitCode.USAGE;
}
