import { reflectService } from "@consulrpc/grpc";
import { type Command, ExitCode, wanted } from "./command/command.js";
import { describedService, serviceAsJson } from "./output/descriptors.js";
import { CALL_FLAGS, channelTo, serviceOf, timeoutMs } from "./target.js";

export const command: Command = {
  name: "describe",
  summary: "a service's methods and messages, from its reflection",
  usage: "SERVICE",
  examples: ["describe hello.HelloService", "describe hello.HelloService --at 127.0.0.1:50051 --json"],
  flags: CALL_FLAGS,
  run: async (invocation) => {
    const [name = ""] = wanted(invocation.positionals, "SERVICE");
    await using channel = channelTo(invocation, serviceOf(name));
    const { service } = await reflectService(channel, serviceOf(name), { timeoutMs: timeoutMs(invocation) });
    invocation.output.result(serviceAsJson(service), () => describedService(service));
    return ExitCode.OK;
  },
};
