import { parseArchive } from "./archive.js";
import { type Command, ExitCode, wanted } from "./command/command.js";
import { readFile } from "./disk.js";

export const command: Command = {
  name: "import",
  summary: "read back what export, or `consul kv export`, wrote",
  usage: "FILE|-",
  examples: ["import state.json", "import - < state.json --http-addr 10.0.0.5:8500"],
  flags: {},
  run: async ({ positionals, output, consul, stdin }) => {
    const [file = ""] = wanted(positionals, "FILE");
    const archive = parseArchive((file === "-" ? await stdin() : await readFile(file)).toString("utf8"));
    const { kv, requester } = consul();
    for (const { key, flags, value } of archive.keys) await kv.put(key, Buffer.from(value, "base64"), { flags });
    for (const query of archive.queries)
      await requester.send({ method: "POST", path: "query", parameters: {}, body: json(withoutId(query)), options: {} });
    for (const entry of archive.configEntries)
      await requester.send({ method: "PUT", path: "config", parameters: {}, body: json(entry), options: {} });
    const counts = { keys: archive.keys.length, queries: archive.queries.length, configEntries: archive.configEntries.length };
    output.result(counts, () => `${counts.keys} keys, ${counts.queries} queries and ${counts.configEntries} config entries are written`);
    return ExitCode.OK;
  },
};

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** A query's id is the registry's to give. */
function withoutId(query: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { ID, ...rest } = query;
  return rest;
}
