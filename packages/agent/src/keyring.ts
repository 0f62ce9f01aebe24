/** Gossip keys, kept for the tools that manage them; a single node has nobody to gossip with. */
export class Keyring {
  readonly #keys: string[] = [];
  #primary = "";

  constructor(key: string) {
    if (key === "") return;
    this.#keys.push(key);
    this.#primary = key;
  }

  get isEmpty(): boolean {
    return this.#keys.length === 0;
  }

  /** Each returns the problem, or undefined. */
  install(key: string): string | undefined {
    if (!isKey(key)) return "key size must be 16, 24 or 32 bytes";
    if (!this.#keys.includes(key)) this.#keys.push(key);
    return undefined;
  }

  use(key: string): string | undefined {
    if (!this.#keys.includes(key)) return "Requested key is not in the keyring";
    this.#primary = key;
    return undefined;
  }

  remove(key: string): string | undefined {
    if (key === this.#primary) return "Removing the primary key is not allowed";
    const at = this.#keys.indexOf(key);
    if (at >= 0) this.#keys.splice(at, 1);
    return undefined;
  }

  /** As /v1/operator/keyring lists them: the wide-area pool first, unless only the local one is asked for. */
  pools(datacenter: string, localOnly: boolean): unknown[] {
    const keys = Object.fromEntries(this.#keys.map((key) => [key, 1]));
    const pool = (WAN: boolean) => ({
      WAN,
      Datacenter: datacenter,
      Segment: "",
      Keys: keys,
      PrimaryKeys: { [this.#primary]: 1 },
      NumNodes: 1,
    });
    return localOnly ? [pool(false)] : [pool(true), pool(false)];
  }
}

function isKey(key: string): boolean {
  return [16, 24, 32].includes(Buffer.from(key, "base64").length);
}
