import { type GenerateOptions, generate, generateAndWatch } from "@consulrpc/grpc/proto";
import { type Command, ExitCode, type Invocation, text, texts, UsageError } from "./command/command.js";

export const command: Command = {
  name: "generate",
  summary: "typed code from .proto files, with nothing else to install",
  usage: "FILE.proto [FILE.proto ...] --out FOLDER",
  examples: ["generate proto/hello.proto --out gen", "generate proto/*.proto --out gen --watch"],
  flags: {
    out: { type: "string", short: "o", value: "FOLDER", help: "where it goes; default gen" },
    include: {
      type: "string",
      short: "I",
      multiple: true,
      value: "FOLDER",
      help: "where imports are looked for; default the first file's folder",
    },
    target: { type: "string", value: "ts|js", help: "TypeScript, or JavaScript with declarations; default ts" },
    watch: { type: "boolean", help: "again after every change, until Ctrl-C" },
  },
  run: async (invocation) => {
    const { positionals, values, signal } = invocation;
    if (positionals.length === 0) throw new UsageError("a .proto file is needed");
    const target = text(values, "target") ?? "ts";
    if (target !== "ts" && target !== "js") throw new UsageError(`--target is ${JSON.stringify(target)}, expected ts or js`);
    const folders = texts(values, "include");
    const options = { out: text(values, "out") ?? "gen", target, signal, ...(folders.length === 0 ? {} : { folders }) } as const;
    if (values.watch === true) return watching(invocation, options);
    tell(invocation, await generate(positionals, options));
    return ExitCode.OK;
  },
};

async function watching(invocation: Invocation, options: GenerateOptions & { readonly signal: AbortSignal }): Promise<number> {
  for await (const round of generateAndWatch(invocation.positionals, options)) {
    if ("error" in round) invocation.output.remark(round.error.message);
    else tell(invocation, round.written);
  }
  return ExitCode.OK;
}

function tell({ output }: Invocation, written: readonly string[]): void {
  output.result({ written }, () => (written.length === 0 ? "nothing has changed" : written.map((file) => `wrote ${file}`).join("\n")));
}
