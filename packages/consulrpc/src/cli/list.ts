import { aggregatedStatus, type ServiceEntry } from "@consulrpc/consul";
import { nameClient } from "@consulrpc/grpc";
import { type Command, ExitCode, type Invocation, text, wanted } from "./command/command.js";
import { CALL_FLAGS, channelTo, timeoutMs } from "./target.js";

export const command: Command = {
  name: "list",
  summary: "what can be called: contracts in Consul, or those of one server",
  usage: "[--at TARGET]",
  examples: ["list", "list --at 127.0.0.1:50051", "list --at consul://demo --json"],
  flags: CALL_FLAGS,
  run: (invocation) => {
    wanted(invocation.positionals);
    return text(invocation.values, "at") === undefined ? ofConsul(invocation) : ofServer(invocation);
  },
};

/** Services whose instances say that they speak gRPC, with the contracts that they name. */
async function ofConsul({ output, consul }: Invocation): Promise<number> {
  const names = Object.keys(await consul().catalog.services());
  const found = await Promise.all(names.map(async (name) => row(name, await consul().health.service(name))));
  output.rows(found.flat(), ["service", "contracts", "instances", "passing", "codec"], "no service says that it speaks gRPC");
  return ExitCode.OK;
}

function row(service: string, entries: readonly ServiceEntry[]) {
  const speaking = entries.filter(({ Service }) => Service.Meta.protocol === "grpc");
  const [first] = speaking;
  if (first === undefined) return [];
  const passing = speaking.filter(({ Checks }) => aggregatedStatus(Checks) === "passing").length;
  const contracts = (first.Service.Meta.contracts ?? service).split(",");
  return [{ service, contracts, instances: speaking.length, passing, codec: first.Service.Meta.codec ?? "" }];
}

interface ListedServices {
  readonly listServicesResponse?: { readonly service?: readonly { readonly name: string }[] };
}

async function ofServer(invocation: Invocation): Promise<number> {
  await using channel = channelTo(invocation, "");
  const client = nameClient(() => channel, { json: true, call: { timeoutMs: timeoutMs(invocation) } });
  for await (const { reply } of client.call<ListedServices>("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", {
    listServices: "",
  })) {
    const services = reply.listServicesResponse?.service ?? [];
    invocation.output.rows(
      services.map(({ name }) => ({ service: name })),
      ["service"],
      "the server lists no service",
    );
    return ExitCode.OK;
  }
  return ExitCode.FAILED;
}
