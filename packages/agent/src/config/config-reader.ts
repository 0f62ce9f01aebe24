import { parseDuration } from "../http/go-duration.js";
import { ConfigError, type RawConfig } from "./raw-config.js";

/** Reads typed values by path, remembers which keys somebody asked for, and says what is wrong with a value by its key. */
export class ConfigReader {
  readonly #config: RawConfig;
  readonly #asked = new Set<string>();

  constructor(config: RawConfig) {
    this.#config = config;
  }

  string(path: string): string | undefined {
    const value = this.#at(path);
    if (value === undefined || typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    throw mismatch(path, "a string", value);
  }

  number(path: string): number | undefined {
    const value = this.#at(path);
    if (value === undefined || typeof value === "number") return value;
    if (typeof value === "string" && /^-?\d+$/.test(value)) return Number(value);
    throw mismatch(path, "a number", value);
  }

  boolean(path: string): boolean | undefined {
    const value = this.#at(path);
    if (value === undefined || typeof value === "boolean") return value;
    if (value === "true" || value === "false") return value === "true";
    throw mismatch(path, "true or false", value);
  }

  /** Milliseconds. */
  duration(path: string): number | undefined {
    const value = this.#at(path);
    if (value === undefined) return undefined;
    const nanoseconds = typeof value === "string" ? parseDuration(value) : undefined;
    if (nanoseconds === undefined) throw mismatch(path, 'a duration as "10s"', value);
    return nanoseconds / 1e6;
  }

  strings(path: string): readonly string[] {
    const value = this.#at(path);
    if (value === undefined) return [];
    const list = Array.isArray(value) ? value : [value];
    if (list.every((entry) => typeof entry === "string")) return list;
    throw mismatch(path, "a list of strings", value);
  }

  stringMap(path: string): Readonly<Record<string, string>> {
    const value = this.#at(path);
    if (value === undefined) return {};
    if (typeof value !== "object" || Array.isArray(value)) throw mismatch(path, "an object of strings", value);
    return Object.fromEntries(Object.entries(value as object).map(([key, entry]) => [key, String(entry)]));
  }

  objects(path: string): readonly RawConfig[] {
    const value = this.#at(path);
    if (value === undefined) return [];
    if (Array.isArray(value) && value.every((entry) => typeof entry === "object" && entry !== null)) return value as RawConfig[];
    throw mismatch(path, "a list of objects", value);
  }

  /** Keys that are set and that nobody asked for: they are known to Consul and mean nothing here. */
  unused(): readonly string[] {
    return this.#leaves(this.#config, "").filter(
      (path) => ![...this.#asked].some((asked) => path === asked || path.startsWith(`${asked}.`)),
    );
  }

  #leaves(config: RawConfig, prefix: string): string[] {
    return Object.entries(config).flatMap(([key, value]) => {
      if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return [];
      const path = `${prefix}${key}`;
      return typeof value === "object" && !Array.isArray(value) ? this.#leaves(value as RawConfig, `${path}.`) : [path];
    });
  }

  #at(path: string): unknown {
    this.#asked.add(path);
    let value: unknown = this.#config;
    for (const part of path.split(".")) {
      if (typeof value !== "object" || value === null) return undefined;
      value = (value as RawConfig)[part];
    }
    return value ?? undefined;
  }
}

function mismatch(path: string, wanted: string, value: unknown): ConfigError {
  return new ConfigError(`${path}: want ${wanted}, found ${JSON.stringify(value)}`);
}
