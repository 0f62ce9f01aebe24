import { runAgentCommand } from "@consulrpc/agent";
import type { RawCommand } from "./command/command.js";

/** Consul's flags, Consul's configuration: the agent's package knows them. */
export const command: RawCommand = {
  name: "agent",
  runRaw: (args, { environment, signal, line, remark }) => runAgentCommand(args, { environment, signal, out: line, err: remark }),
};
