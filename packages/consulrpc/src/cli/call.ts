import { nameClient } from "@consulrpc/grpc";
import { type Command, ExitCode, UsageError } from "./command/command.js";
import { CALL_FLAGS, callArguments, channelTo, serviceOf, timeoutMs } from "./target.js";

export const command: Command = {
  name: "call",
  summary: "call a method by its name, with arguments in JSON",
  usage: "SERVICE[/METHOD] [ARGUMENT ...]",
  examples: [
    "call example.Echo/echo hi",
    `call hello.HelloService/SayHello '{"name":"world"}'`,
    `call hello.HelloService/SayHello '{"name":"world"}' --at 127.0.0.1:50051`,
  ],
  flags: CALL_FLAGS,
  run: async (invocation) => {
    const { positionals, output, signal } = invocation;
    const [path, ...given] = positionals;
    if (path === undefined) throw new UsageError("SERVICE/METHOD is missing");
    const args = callArguments(given);
    await using channel = channelTo(invocation, serviceOf(path));
    const client = nameClient(() => channel, { json: true, call: { timeoutMs: timeoutMs(invocation), signal } });
    // One answer or a stream of them: each is a line of JSON for programs, a value for people.
    for await (const { reply } of client.call(path, ...args)) output.result(reply, () => shown(reply));
    return ExitCode.OK;
  },
};

function shown(reply: unknown): string {
  return typeof reply === "string" ? reply : (JSON.stringify(reply, undefined, 2) ?? "undefined");
}
