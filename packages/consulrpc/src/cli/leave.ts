import { type Command, ExitCode } from "./command/command.js";

export const command: Command = {
  name: "leave",
  summary: "ask an agent to leave and stop",
  usage: "",
  examples: ["leave", "leave --http-addr 10.0.0.5:8500"],
  flags: {},
  run: async ({ output, consul }) => {
    await consul().agent.leave();
    output.result({ left: consul().address }, () => `the agent at ${consul().address} is leaving`);
    return ExitCode.OK;
  },
};
