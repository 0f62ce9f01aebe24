import { type Command, ExitCode, UsageError } from "./command/command.js";

export const command: Command = {
  name: "deregister",
  summary: "take service instances out",
  usage: "ID [ID ...]",
  examples: ["deregister web-2", "services web --json | jq -r '.[].id' | xargs consulrpc deregister"],
  flags: {},
  run: async ({ positionals, output, consul }) => {
    if (positionals.length === 0) throw new UsageError("at least one ID is needed");
    const gone: string[] = [];
    for (const id of positionals) if (await consul().agent.deregisterService(id)) gone.push(id);
    const unknown = positionals.filter((id) => !gone.includes(id));
    output.result({ deregistered: gone, unknown }, () => gone.map((id) => `${id} is deregistered`).join("\n"));
    if (unknown.length > 0) output.remark(`not registered with this agent: ${unknown.join(", ")}; consulrpc services NAME shows the ids`);
    return unknown.length === 0 ? ExitCode.OK : ExitCode.NOT_FOUND;
  },
};
