/** Configuration as files hold it: JSON objects that are laid over each other. */
import { unknownKeys } from "./known-keys.js";

export type RawConfig = Readonly<Record<string, unknown>>;

/** The configuration cannot be used; the message names the file and the key. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Reads one file's text. */
export function parseConfig(text: string, source: string): RawConfig {
  // An empty file says nothing, as in Consul.
  if (text.trim() === "") return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`failed to parse ${source}: ${(error as Error).message}`);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new ConfigError(`failed to parse ${source}: the file must hold one object`);
  }
  const config = parsed as RawConfig;
  const unknown = unknownKeys(config);
  if (unknown.length > 0) {
    const list = unknown.map((key) => `\t* invalid config key ${key}`).join("\n");
    throw new ConfigError(`failed to parse ${source}: ${unknown.length} error${unknown.length === 1 ? "" : "s"} occurred:\n${list}`);
  }
  return withoutSingles(config);
}

/** `service` and `check` stand for one more entry of `services` and `checks`. */
function withoutSingles(config: RawConfig): RawConfig {
  const { service, check, services, checks, ...rest } = config;
  const joined = (single: unknown, list: unknown): unknown[] => [...asList(list), ...(single === undefined ? [] : asList(single))];
  return { ...rest, services: joined(service, services), checks: joined(check, checks) };
}

function asList(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** Lays `over` on `under`: objects are merged, lists appended, everything else replaced. As Consul merges its files. */
export function mergeConfig(under: RawConfig, over: RawConfig): RawConfig {
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    if (Array.isArray(before) && Array.isArray(value)) merged[key] = [...before, ...value];
    else if (isObject(before) && isObject(value)) merged[key] = mergeConfig(before, value);
    else if (value !== null && value !== undefined) merged[key] = value;
  }
  return merged;
}

function isObject(value: unknown): value is RawConfig {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
