import { aggregatedStatus, type Consul, type Watch, watch } from "@consulrpc/consul";
import { type Command, ExitCode, number, UsageError } from "./command/command.js";

export const command: Command = {
  name: "watch",
  summary: "print a key, a prefix or a service again whenever it changes",
  usage: "KEY | --prefix PREFIX | --service NAME",
  examples: ["watch my-config", "watch --prefix app/", "watch --service web --json"],
  flags: {
    prefix: { type: "string", value: "PREFIX", help: "every key under it" },
    service: { type: "string", value: "NAME", help: "the instances of a service" },
    count: { type: "string", value: "N", help: "end after so many values; default never" },
  },
  run: async ({ values, positionals, output, consul, signal }) => {
    const countMax = number(values, "count") ?? Number.POSITIVE_INFINITY;
    const [key, ...more] = positionals;
    const given = [key, values.prefix, values.service].filter((each) => each !== undefined);
    if (given.length !== 1 || more.length > 0) throw new UsageError("one of KEY, --prefix and --service is needed");
    let count = 0;
    for await (const value of subject(consul(), key, values.prefix, values.service, signal)) {
      output.result(value, () => (typeof value === "string" ? value : JSON.stringify(value, undefined, 2)));
      if (++count >= countMax) break;
    }
    return ExitCode.OK;
  },
};

async function* subject(
  consul: Consul,
  key: string | undefined,
  prefix: unknown,
  service: unknown,
  signal: AbortSignal,
): AsyncGenerator<unknown> {
  if (key !== undefined) yield* mapped(watch(consul.kv.getString, key, { signal }), (value) => value ?? null);
  else if (prefix !== undefined)
    yield* mapped(watch(consul.kv.list, String(prefix), { signal }), (pairs) =>
      Object.fromEntries(pairs.map(({ Key, Value }) => [Key, Value.toString("utf8")])),
    );
  else
    yield* mapped(watch(consul.health.service, String(service), { signal }), (entries) =>
      entries.map(({ Node, Service, Checks }) => ({
        id: Service.ID,
        address: `${Service.Address === "" ? Node.Address : Service.Address}:${Service.Port}`,
        status: aggregatedStatus(Checks),
      })),
    );
}

async function* mapped<T>(values: Watch<T>, to: (value: T) => unknown): AsyncGenerator<unknown> {
  for await (const value of values) yield to(value);
}
