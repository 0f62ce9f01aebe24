/** What `export` writes and `import` reads. Keys are as in `consul kv export`, so that its files can be read too. */
export interface Archive {
  readonly format: typeof FORMAT;
  readonly keys: readonly ArchivedKey[];
  readonly queries: readonly Readonly<Record<string, unknown>>[];
  readonly configEntries: readonly Readonly<Record<string, unknown>>[];
}

export interface ArchivedKey {
  readonly key: string;
  readonly flags: number;
  /** Base64. */
  readonly value: string;
}

export const FORMAT = "consulrpc-export-1";

/** The kinds of config entry there are; each is listed by itself. */
export const CONFIG_ENTRY_KINDS: readonly string[] = [
  "service-defaults",
  "proxy-defaults",
  "service-resolver",
  "service-router",
  "service-splitter",
  "ingress-gateway",
  "terminating-gateway",
  "service-intentions",
  "mesh",
  "exported-services",
];

/** Fields that a registry gives anew. */
const OWN_FIELDS = new Set(["CreateIndex", "ModifyIndex", "Hash"]);

export function withoutIndexes(entry: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entry).filter(([name]) => !OWN_FIELDS.has(name)));
}

/** Throws a sentence when the text is neither ours nor Consul's. */
export function parseArchive(text: string): Archive {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new TypeError(`no export: ${(error as Error).message}`);
  }
  if (Array.isArray(parsed)) return { format: FORMAT, keys: parsed.map(archivedKey), queries: [], configEntries: [] };
  const { format, keys, queries, configEntries } = (parsed ?? {}) as Partial<Archive>;
  if (format !== FORMAT)
    throw new TypeError(
      `no export: "format" is ${JSON.stringify(format)}, expected ${JSON.stringify(FORMAT)} or the array of consul kv export`,
    );
  return { format, keys: (keys ?? []).map(archivedKey), queries: queries ?? [], configEntries: configEntries ?? [] };
}

function archivedKey(item: unknown, index: number): ArchivedKey {
  const { key, flags, value } = (item ?? {}) as Partial<ArchivedKey>;
  if (typeof key !== "string" || typeof value !== "string") throw new TypeError(`no export: entry ${index} has no "key" and "value"`);
  return { key, flags: flags ?? 0, value };
}
