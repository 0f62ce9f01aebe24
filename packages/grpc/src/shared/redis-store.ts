import type { SharedStore, SharedValue } from "./shared-store.js";

/** What is used of an ioredis client (or anything with the same two methods). ioredis is an optional peer: make the client, and close it, yourself. */
export interface RedisClient {
  hmget(key: string, ...fields: string[]): Promise<(string | null)[]>;
  eval(script: string, keyCount: number, ...args: (string | number)[]): Promise<unknown>;
  pexpire(key: string, ttlMs: number): Promise<number>;
}

/** A hash of value and version. The version counts writes from the time of creation on, so that neither a value nor a key that comes back is mistaken for the old one. */
const COMPARE_AND_SET = `
local version = redis.call('HGET', KEYS[1], 'version')
if (version or '') ~= ARGV[1] then return 0 end
if version then
  redis.call('HINCRBY', KEYS[1], 'version', 1)
else
  local time = redis.call('TIME')
  redis.call('HSET', KEYS[1], 'version', time[1] .. string.format('%06d', tonumber(time[2])))
end
redis.call('HSET', KEYS[1], 'value', ARGV[2])
if ARGV[3] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[3]) else redis.call('PERSIST', KEYS[1]) end
return 1`;

/**
 * A store in Redis. A key is written by a script, so that comparing and setting
 * are one step. Bring a client that fails fast (`maxRetriesPerRequest`,
 * `commandTimeout`): while it waits, leases run out and local state takes over.
 */
export class RedisStore implements SharedStore {
  private readonly client: RedisClient;

  constructor(client: RedisClient) {
    this.client = client;
  }

  async get(key: string): Promise<SharedValue | undefined> {
    const [value, version] = await this.client.hmget(key, "value", "version");
    return typeof value === "string" && typeof version === "string" ? { value, version } : undefined;
  }

  async compareAndSet(key: string, version: string | undefined, value: string, ttlMs?: number): Promise<boolean> {
    const ttl = ttlMs === undefined ? "" : String(Math.max(1, Math.ceil(ttlMs)));
    return (await this.client.eval(COMPARE_AND_SET, 1, key, version ?? "", value, ttl)) === 1;
  }

  async expire(key: string, ttlMs: number): Promise<boolean> {
    return (await this.client.pexpire(key, Math.max(1, Math.ceil(ttlMs)))) === 1;
  }
}
