import type { Command, RawCommand } from "./command/command.js";

/** Each command's file is loaded only when it runs, so that the quick ones start quickly. */
const loaders = {
  demo: { summary: "a small living system: an agent, services, traffic, faults", load: () => import("./demo.js") },
  agent: { summary: "an embedded, Consul-compatible agent", load: () => import("./agent.js") },
  generate: { summary: "typed code from .proto files, with nothing else to install", load: () => import("./generate.js") },
  call: { summary: "call a method by its name, with arguments in JSON", load: () => import("./call.js") },
  list: { summary: "what can be called: contracts in Consul, or those of one server", load: () => import("./list.js") },
  describe: { summary: "a service's methods and messages, from its reflection", load: () => import("./describe.js") },
  services: { summary: "what is registered, and how well it is", load: () => import("./services.js") },
  register: { summary: "make a service known, once or for as long as this runs", load: () => import("./register.js") },
  deregister: { summary: "take service instances out", load: () => import("./deregister.js") },
  watch: { summary: "print a key, a prefix or a service again whenever it changes", load: () => import("./watch.js") },
  kv: { summary: "read and write keys", load: () => import("./kv.js") },
  event: { summary: "fire an event, or list the last ones", load: () => import("./event.js") },
  leave: { summary: "ask an agent to leave and stop", load: () => import("./leave.js") },
  export: { summary: "write keys, queries and config entries to a file", load: () => import("./export.js") },
  import: { summary: "read back what export, or `consul kv export`, wrote", load: () => import("./import.js") },
  bench: { summary: "call a method as often as it answers, and say how often that was", load: () => import("./bench.js") },
  doctor: { summary: "find what usually is wrong", load: () => import("./doctor.js") },
} satisfies Record<string, { summary: string; load: () => Promise<{ command: Command | RawCommand }> }>;

export const summaries: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(loaders).map(([name, { summary }]) => [name, summary]),
);

export async function commandNamed(name: string): Promise<Command | RawCommand | undefined> {
  if (!Object.hasOwn(loaders, name)) return undefined;
  return (await loaders[name as keyof typeof loaders].load()).command;
}
