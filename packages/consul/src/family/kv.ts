import { keyPath } from "../http/parameters.js";
import type { RequestOptions } from "../http/requester.js";
import type { HttpAnswer } from "../http/transport.js";
import type { Read, ReadOptions } from "../read.js";
import { Family, missing } from "./family.js";

/** The largest value a Consul with default limits takes. */
export const KV_VALUE_BYTES_MAX: number = 512 * 1024;

export interface KVPair {
  readonly Key: string;
  readonly Value: Buffer;
  /** A bigint past 2^53: Consul keeps 64 bits. */
  readonly Flags: number | bigint;
  /** The session that holds the key. */
  readonly Session?: string;
  readonly LockIndex: number;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly Namespace?: string;
  readonly Partition?: string;
}

export interface KeysOptions extends ReadOptions {
  /** Keys are cut behind the first of these after the prefix, and told once. */
  readonly separator?: string;
}

export interface PutOptions extends RequestOptions {
  readonly flags?: number | bigint;
  /** Only if the key's ModifyIndex is this; 0: only if the key does not exist. */
  readonly cas?: number;
  /** Take the key for this session. */
  readonly acquire?: string;
  /** Give the key back from this session. */
  readonly release?: string;
}

export interface DeleteOptions extends RequestOptions {
  readonly cas?: number;
}

/** What can be written as it is; anything else goes through `putJson`. */
export type KVValue = string | number | boolean | Uint8Array;

/** Consul's key-value store. A key that is not there is `undefined`, never an error. */
export class Kv extends Family {
  readonly get: Read<[key: string], ReadOptions, KVPair | undefined> = this.read(1, (key) => ({
    path: `kv/${keyPath(key)}`,
    wide: "kv",
    ...missing((answer) => pairs(answer)[0]),
  }));

  /** Every pair under a prefix, in the order of their keys. */
  readonly list: Read<[prefix: string], ReadOptions, KVPair[]> = this.read(1, (prefix) => ({
    path: `kv/${keyPath(prefix)}`,
    wide: "kv",
    parameters: () => ({ recurse: true }),
    accept: [404],
    decode: (answer) => (answer.status === 404 ? [] : pairs(answer)),
  }));

  readonly keys: Read<[prefix: string], KeysOptions, string[]> = this.read(1, (prefix) => ({
    path: `kv/${keyPath(prefix)}`,
    wide: "kv",
    parameters: ({ separator }) => ({ keys: true, separator }),
    accept: [404],
    decode: (answer) => (answer.status === 404 ? [] : (JSON.parse(answer.body.toString("utf8")) as string[])),
  }));

  readonly getBytes: Read<[key: string], ReadOptions, Buffer | undefined> = this.typed((value) => value);
  readonly getString: Read<[key: string], ReadOptions, string | undefined> = this.typed((value) => value.toString("utf8"));
  /** Throws TypeError when the value is no number. */
  readonly getNumber: Read<[key: string], ReadOptions, number | undefined> = this.typed(parseNumber);
  /** "true" or "false"; throws TypeError for anything else. */
  readonly getBoolean: Read<[key: string], ReadOptions, boolean | undefined> = this.typed(parseBoolean);
  /** Throws TypeError when the value is no JSON; its shape is the caller's to check. */
  readonly getJson: Read<[key: string], ReadOptions, unknown> = this.typed(parseJson);

  /** False: `cas` did not match, or the key is held by another session. */
  async put(key: string, value: KVValue, options: PutOptions = {}): Promise<boolean> {
    const { flags, cas, acquire, release } = options;
    const answer = await this.send({
      method: "PUT",
      path: `kv/${keyPath(key)}`,
      parameters: { flags, cas, acquire, release },
      body: bytes(value),
      idempotent: cas === undefined,
      options,
    });
    return truth(answer);
  }

  putJson(key: string, value: unknown, options: PutOptions = {}): Promise<boolean> {
    return this.put(key, JSON.stringify(value), options);
  }

  /** True also when there was nothing to delete; false only when `cas` did not match. */
  async remove(key: string, options: DeleteOptions = {}): Promise<boolean> {
    const { cas } = options;
    return truth(
      await this.send({ method: "DELETE", path: `kv/${keyPath(key)}`, parameters: { cas }, idempotent: cas === undefined, options }),
    );
  }

  /** Everything whose key begins with `prefix`. */
  async removeTree(prefix: string, options: RequestOptions = {}): Promise<boolean> {
    return truth(
      await this.send({ method: "DELETE", path: `kv/${keyPath(prefix)}`, parameters: { recurse: true }, idempotent: true, options }),
    );
  }

  private typed<T>(parse: (value: Buffer, key: string) => T): Read<[key: string], ReadOptions, T | undefined> {
    return this.read(1, (key) => ({
      path: `kv/${keyPath(key)}`,
      wide: "kv",
      ...missing((answer) => {
        const pair = pairs(answer)[0];
        return pair === undefined ? undefined : parse(pair.Value, key);
      }),
    }));
  }
}

interface WirePair extends Omit<KVPair, "Value" | "Flags"> {
  readonly Value: string | null;
  readonly Flags: number | string;
}

/** Flags past 2^53 would lose digits in JSON.parse: they are read as text first. No key can forge the pattern: a quote inside a JSON string has a backslash before it. */
const LARGE_FLAGS = /([{,]\s*"Flags":\s*)(\d{16,})/g;

/** Pairs as Consul writes them in JSON, also inside a transaction's results. */
export function pair(wire: WirePair): KVPair {
  return {
    ...wire,
    Value: wire.Value === null || wire.Value === undefined ? Buffer.alloc(0) : Buffer.from(wire.Value, "base64"),
    Flags: typeof wire.Flags === "string" ? BigInt(wire.Flags) : wire.Flags,
  };
}

function pairs(answer: HttpAnswer): KVPair[] {
  return ((parseWithFlags(answer.body.toString("utf8")) as WirePair[] | null) ?? []).map(pair);
}

export function parseWithFlags(text: string): unknown {
  return JSON.parse(text.replace(LARGE_FLAGS, '$1"$2"'));
}

function truth(answer: HttpAnswer): boolean {
  return answer.body.toString("utf8").trim() === "true";
}

export function bytes(value: KVValue): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(String(value));
}

function parseNumber(value: Buffer, key: string): number {
  const text = value.toString("utf8").trim();
  const number = Number(text);
  if (text === "" || Number.isNaN(number)) throw new TypeError(`key ${key} holds ${JSON.stringify(text)}, which is no number`);
  return number;
}

function parseBoolean(value: Buffer, key: string): boolean {
  const text = value.toString("utf8").trim();
  if (text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  throw new TypeError(`key ${key} holds ${JSON.stringify(text)}, which is neither true nor false`);
}

function parseJson(value: Buffer, key: string): unknown {
  try {
    return JSON.parse(value.toString("utf8"));
  } catch (error) {
    throw new TypeError(`key ${key} holds no JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
