import { demo } from "../demo/demo.js";
import { screenOn } from "../demo/screen.js";
import { type Command, ExitCode, number } from "./command/command.js";

export const command: Command = {
  name: "demo",
  summary: "a small living system: an agent, nine service processes, traffic, and a fault now and then",
  usage: "[--seconds N]",
  examples: ["demo", "demo --seconds 30 --http-port 0"],
  flags: {
    seconds: { type: "string", value: "N", help: "how long; default until Ctrl-C" },
    "http-port": { type: "string", value: "PORT", help: "the agent's; default 8500, or a free one where that is taken" },
  },
  run: async ({ values, output, signal }) => {
    const { calls, failed } = await demo({
      httpPort: number(values, "http-port") ?? 8500,
      seconds: number(values, "seconds") ?? Number.POSITIVE_INFINITY,
      signal,
      screen: screenOn((text) => output.raw(text), output.isTerminal),
    });
    return signal.aborted || (calls > 0 && failed === 0) ? ExitCode.OK : ExitCode.FAILED;
  },
};
