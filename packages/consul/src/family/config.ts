import type { RequestOptions } from "../http/requester.js";
import { json, type Read, type ReadOptions } from "../read.js";
import type { ConfigEntry, ConfigEntryOf, ConfigKind } from "./config-shapes.js";
import { Family, list } from "./family.js";

export interface ConfigWriteOptions extends RequestOptions {
  /** Only if the entry's ModifyIndex is this; 0: only if there is none. */
  readonly cas?: number;
}

/** Config entries: how services behave, kept in Consul. */
export class Config extends Family {
  /** Undefined: there is none. `config.get("service-resolver", "web")` */
  get<K extends ConfigKind>(kind: K, name: string, options?: ReadOptions): Promise<ConfigEntryOf<K> | undefined> {
    return this.entry(kind)(name, options);
  }

  list<K extends ConfigKind>(kind: K, options?: ReadOptions): Promise<readonly ConfigEntryOf<K>[]> {
    return this.entries(kind)(options);
  }

  /** One kind's entries by name, as something to watch: `watch(consul.config.entry("service-resolver"), "web")`. */
  entry<K extends ConfigKind>(kind: K): Read<[name: string], ReadOptions, ConfigEntryOf<K> | undefined> {
    return this.read(1, (name) => ({
      path: `config/${kind}/${encodeURIComponent(name)}`,
      accept: [404],
      decode: (answer) => (answer.status === 404 ? undefined : (json(answer) as ConfigEntryOf<K>)),
    }));
  }

  /** All entries of one kind, as something to watch. */
  entries<K extends ConfigKind>(kind: K): Read<[], ReadOptions, ConfigEntryOf<K>[]> {
    return this.read(0, () => ({ path: `config/${kind}`, decode: list<ConfigEntryOf<K>> }));
  }

  /** False: `cas` did not match. */
  async set(entry: ConfigEntry, options: ConfigWriteOptions = {}): Promise<boolean> {
    const { cas } = options;
    return (await this.write<boolean | undefined>("config", entry, options, { cas }, cas === undefined)) ?? true;
  }

  /** True also when there was none; false only when `cas` did not match. */
  async remove(kind: ConfigKind, name: string, options: ConfigWriteOptions = {}): Promise<boolean> {
    const answer = await this.erase<unknown>(`config/${kind}/${encodeURIComponent(name)}`, options, { cas: options.cas });
    return answer !== false;
  }
}
