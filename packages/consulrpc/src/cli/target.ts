import type { Channel } from "@consulrpc/grpc";
import { openChannel } from "../door/connect.js";
import { type Flag, type Invocation, number, text, UsageError } from "./command/command.js";

/** Flags of the commands that call services. */
export const CALL_FLAGS: Readonly<Record<string, Flag>> = {
  at: {
    type: "string",
    value: "TARGET",
    help: "where: host:port, consul://NAME, dns://..., unix:...; default consul:// and the service's name",
  },
  timeout: { type: "string", value: "MS", help: "milliseconds for one call; default 5000" },
};

const TIMEOUT_MS = 5_000;

export function timeoutMs({ values }: Invocation): number {
  return number(values, "timeout") ?? TIMEOUT_MS;
}

/** The channel to a service; the caller closes it. */
export function channelTo({ values, consul }: Invocation, service: string): Channel {
  return openChannel(text(values, "at") ?? `consul://${service}`, { consul: consul(), lastGood: false });
}

/** Arguments of a call, as JSON each; what is no JSON is taken as text, so that nobody quotes twice. */
export function callArguments(given: readonly string[]): unknown[] {
  return given.map((argument) => {
    try {
      return JSON.parse(argument) as unknown;
    } catch {
      if (/^[[{"]/.test(argument.trim())) throw new UsageError(`no JSON: ${argument}`);
      return argument;
    }
  });
}

/** "hello.HelloService/SayHello" to "hello.HelloService". */
export function serviceOf(path: string): string {
  return path.replace(/^\//, "").split("/")[0] ?? "";
}
