import { aggregatedStatus, type Consul, type HealthCheck, type ServiceEntry } from "@consulrpc/consul";
import { type Command, ExitCode, type Invocation, text, UsageError } from "./command/command.js";

export const command: Command = {
  name: "services",
  summary: "what is registered, and how well it is",
  usage: "[NAME] [--passing] [--tag TAG]",
  examples: ["services", "services web", "services web --passing --json"],
  flags: {
    passing: { type: "boolean", help: "only instances that pass their checks" },
    tag: { type: "string", value: "TAG", help: "only instances with this tag" },
  },
  run: (invocation) => {
    const [name, ...more] = invocation.positionals;
    if (more.length > 0) throw new UsageError(`one name at most, not ${more.length + 1}`);
    return name === undefined ? listAll(invocation) : listInstances(invocation, name);
  },
};

async function listAll({ output, consul }: Invocation): Promise<number> {
  const [services, instances, checks] = await overviewOf(consul());
  const rows = Object.entries(services).map(([service, tags]) => ({ service, ...counts(instances, checks, service), tags }));
  output.rows(rows, ["service", "passing", "warning", "critical", "tags"], "no services");
  return ExitCode.OK;
}

/** One request for the names, one for the checks; checks of an instance decide how well it is. */
async function overviewOf(consul: Consul): Promise<[Record<string, string[]>, ReadonlyMap<string, ReadonlySet<string>>, HealthCheck[]]> {
  const [services, checks] = await Promise.all([consul.catalog.services(), consul.health.state("any")]);
  const instances = new Map<string, Set<string>>();
  await Promise.all(
    Object.keys(services).map(async (service) => {
      const found = await consul.catalog.service(service);
      instances.set(service, new Set(found.map(({ Node, ServiceID }) => `${Node}/${ServiceID}`)));
    }),
  );
  return [services, instances, checks];
}

function counts(instances: ReadonlyMap<string, ReadonlySet<string>>, checks: readonly HealthCheck[], service: string) {
  const worst = { passing: 0, warning: 0, critical: 0 };
  for (const instance of instances.get(service) ?? []) {
    const own = checks.filter(({ Node, ServiceID }) =>
      ServiceID === "" ? instance.startsWith(`${Node}/`) : `${Node}/${ServiceID}` === instance,
    );
    const status = aggregatedStatus(own);
    worst[status === "maintenance" ? "critical" : status]++;
  }
  return worst;
}

async function listInstances({ output, values, consul }: Invocation, name: string): Promise<number> {
  const tag = text(values, "tag");
  const entries = await consul().health.service(name, { ...(tag === undefined ? {} : { tag }), passing: values.passing === true });
  output.rows(
    entries.map(row),
    ["id", "address", "status", "node", "tags", "weight", "output"],
    `no ${values.passing === true ? "passing " : ""}instance of ${JSON.stringify(name)}`,
  );
  return entries.length === 0 ? ExitCode.NOT_FOUND : ExitCode.OK;
}

function row({ Node, Service, Checks }: ServiceEntry) {
  const status = aggregatedStatus(Checks);
  const failing = Checks.find((check) => check.Status !== "passing");
  return {
    id: Service.ID,
    address: `${Service.Address === "" ? Node.Address : Service.Address}:${Service.Port}`,
    status,
    node: Node.Node,
    tags: Service.Tags,
    weight: Service.Weights.Passing,
    meta: Service.Meta,
    output: failing === undefined ? "" : failing.Output.trim(),
  };
}
