import { type Consul, ConsulError } from "@consulrpc/consul";
import { type Archive, CONFIG_ENTRY_KINDS, FORMAT, withoutIndexes } from "./archive.js";
import { type Command, ExitCode, wanted } from "./command/command.js";

export const command: Command = {
  name: "export",
  summary: "write keys, queries and config entries to a file",
  usage: "[PREFIX] > FILE",
  examples: ["export > state.json", "export app/ > app.json", "export | consulrpc import - --http-addr 10.0.0.5:8500"],
  flags: {},
  run: async ({ positionals, output, consul }) => {
    const [prefix = ""] = positionals.length === 0 ? [] : wanted(positionals, "PREFIX");
    const pairs = await consul().kv.list(prefix);
    const archive: Archive = {
      format: FORMAT,
      keys: pairs.map(({ Key, Value, Flags }) => ({ key: Key, flags: Number(Flags), value: Value.toString("base64") })),
      queries: prefix === "" ? (await consul().query.list()).map((query) => withoutIndexes({ ...query })) : [],
      configEntries: prefix === "" ? await configEntries(consul()) : [],
    };
    output.line(JSON.stringify(archive, undefined, output.json ? undefined : 2));
    output.remark(`${archive.keys.length} keys, ${archive.queries.length} queries, ${archive.configEntries.length} config entries`);
    return ExitCode.OK;
  },
};

async function configEntries(consul: Consul): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  for (const kind of CONFIG_ENTRY_KINDS) {
    try {
      const { body } = await consul.requester.send({ method: "GET", path: `config/${kind}`, parameters: {}, options: {} });
      found.push(...(JSON.parse(body.toString("utf8")) as Record<string, unknown>[]).map(withoutIndexes));
    } catch (error) {
      // A registry that does not know a kind has no entries of it.
      if (!(error instanceof ConsulError) || error.unreachable || error.status === 403) throw error;
    }
  }
  return found;
}
