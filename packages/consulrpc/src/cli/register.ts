import { register } from "../door/register.js";
import { agentRegistration, type Instance } from "../registration/instance.js";
import type { ServiceCheck } from "../registration/service-check.js";
import type { ServiceOptions } from "../registration/service-options.js";
import { describeInstance } from "../registration/start-registration.js";
import { type Command, ExitCode, type Invocation, number, text, texts, UsageError, type Values } from "./command/command.js";
import type { Output } from "./output/output.js";

export const command: Command = {
  name: "register",
  summary: "make a service known, once or for as long as this runs",
  usage: "NAME --port PORT [--keep]",
  examples: [
    "register web --port 8080 --check-http /health",
    "register web --port 8080 --id web-2 --address 10.0.0.5 --tag v2 --meta zone=a",
    "register web --port 8080 --keep          # until Ctrl-C, and again whenever Consul forgets it",
  ],
  flags: {
    port: { type: "string", value: "PORT", help: "where it listens" },
    id: { type: "string", value: "ID", help: "of this instance; default from name, host and port" },
    address: { type: "string", value: "HOST", help: "where others reach it; default this machine's address towards Consul" },
    tag: { type: "string", multiple: true, value: "TAG", help: "may be given several times" },
    meta: { type: "string", multiple: true, value: "KEY=VALUE", help: "may be given several times" },
    weight: { type: "string", value: "N", help: "against the other instances; default 1" },
    "check-http": { type: "string", value: "PATH", help: "HTTP check of this path or URL" },
    "check-tcp": { type: "boolean", help: "TCP check of the port; the default" },
    "check-grpc": { type: "boolean", help: "gRPC health check" },
    "no-check": { type: "boolean", help: "no check at all" },
    interval: { type: "string", value: "TIME", help: "between checks; default 10s" },
    timeout: { type: "string", value: "TIME", help: "of one check; default 5s" },
    keep: { type: "boolean", help: "stay, keep it registered, and deregister at the end" },
  },
  run: async (invocation) => {
    const { values, positionals } = invocation;
    const [name, ...more] = positionals;
    const port = number(values, "port");
    if (name === undefined || more.length > 0) throw new UsageError("one NAME is needed");
    if (port === undefined) throw new UsageError("--port is needed");
    const weight = number(values, "weight");
    const options: ServiceOptions = {
      name,
      port,
      tags: texts(values, "tag"),
      meta: metaOf(texts(values, "meta")),
      check: checkOf(values),
      ...optional("id", text(values, "id")),
      ...optional("address", text(values, "address")),
      ...(weight === undefined ? {} : { weight }),
    };
    return values.keep === true ? keep(invocation, options) : once(invocation, options);
  },
};

async function once({ output, consul }: Invocation, options: ServiceOptions): Promise<number> {
  const protocol = options.check !== false && options.check?.kind === "grpc" ? "grpc" : "tcp";
  const subject = { name: options.name, port: options.port, listening: "", contracts: [], grpcService: "", protocol } as const;
  const instance = await describeInstance(consul(), options, subject, { log: (line) => output.remark(line) });
  await consul().agent.registerService(agentRegistration(instance), { replaceExistingChecks: true });
  tell(output, instance);
  return ExitCode.OK;
}

async function keep({ output, consul, signal }: Invocation, options: ServiceOptions): Promise<number> {
  const registration = await register({ ...options, consul: consul(), log: (line) => output.remark(line) });
  tell(output, registration.instance);
  if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  await registration.deregister();
  output.remark(`${registration.instance.id} is deregistered`);
  return ExitCode.OK;
}

function tell(output: Output, { id, name, host, port }: Instance): void {
  output.result({ id, name, address: host, port }, () => `${name} is registered as ${id} at ${host}:${port}`);
}

function optional<K extends string>(key: K, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [key]: value };
}

function metaOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new UsageError(`--meta ${pair}: KEY=VALUE is wanted`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function checkOf(values: Values): ServiceCheck | false {
  if (values["no-check"] === true) return false;
  const path = text(values, "check-http");
  const times = { ...optional("interval", text(values, "interval")), ...optional("timeout", text(values, "timeout")) };
  if (path !== undefined) return { kind: "http", ...(path.includes("://") ? { url: path } : { path }), ...times };
  return { kind: values["check-grpc"] === true ? "grpc" : "tcp", ...times };
}
