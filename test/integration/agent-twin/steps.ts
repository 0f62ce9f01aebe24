/** Random requests. `$name` in a path or body stands for an id that each twin gave itself; `$index:key` for the key's index there. */

export interface Step {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  /** The answer's ID is known by this name from now on. */
  readonly names?: string;
  /** Sends the request with the index that it last had, while `during` is sent: did it see a change? */
  readonly during?: Step;
}

export type Random = () => number;

const KEYS = ["a", "a/b", "a/b/c", "a/c", "b", "b/", "c d", "é", "A"];
const SESSIONS = ["s1", "s2", "s3"];
const NODES = ["n1", "n2", "twin"];
const SERVICES = ["web", "db", "Web2"];
const TAGS = ["v1", "v2", "blue"];
const CHECKS = ["c1", "c2"];
const STATUSES = ["passing", "warning", "critical"];
const VALUES = ["", "x", "hello", "\u0000\u0001", "{}"];

export class Steps {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): Step {
    const roll = this.#random();
    if (roll < 0.3) return this.#kv();
    if (roll < 0.42) return this.#session();
    if (roll < 0.5) return this.#txn();
    if (roll < 0.62) return this.#catalogWrite();
    if (roll < 0.78) return this.#catalogRead();
    if (roll < 0.94) return this.#agent();
    return this.#blocking();
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!;
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #key(): string {
    return this.#pick(KEYS).split("/").map(encodeURIComponent).join("/");
  }

  #kv(): Step {
    const key = this.#key();
    const roll = this.#random();
    if (roll < 0.4) return { method: "PUT", path: `/v1/kv/${key}${this.#writeQuery(key)}`, body: this.#pick(VALUES) };
    if (roll < 0.55) {
      const query = this.#pick(["", "", "?recurse", `?cas=$index:${key}`, "?cas=1", "?cas=0", "?cas=x", "?recurse&cas=0"]);
      return { method: "DELETE", path: `/v1/kv/${key}${query}` };
    }
    return this.#kvRead();
  }

  #writeQuery(key: string): string {
    return this.#pick([
      "",
      "",
      "",
      "?flags=42",
      "?flags=x",
      "?cas=0",
      `?cas=$index:${key}`,
      "?cas=7",
      "?cas=-1",
      `?acquire=$${this.#pick(SESSIONS)}`,
      `?release=$${this.#pick(SESSIONS)}`,
      "?acquire=nonsense",
      "?cas=0&acquire=x",
    ]);
  }

  #kvRead(): Step {
    const key = this.#pick(["", this.#key(), this.#key(), "a/", "none"]);
    const query = this.#pick([
      "",
      "",
      "?recurse",
      "?keys",
      "?raw",
      "?keys&separator=/",
      "?recurse&separator=x",
      "?stale",
      "?consistent",
      "?stale&consistent",
      "?dc=nowhere",
      "?pretty",
    ]);
    return { method: "GET", path: `/v1/kv/${key}${query}` };
  }

  #session(): Step {
    const name = this.#pick(SESSIONS);
    const roll = this.#random();
    if (roll < 0.35) return { method: "PUT", path: "/v1/session/create", body: this.#sessionBody(), names: name };
    if (roll < 0.5) return { method: "PUT", path: `/v1/session/destroy/$${name}` };
    if (roll < 0.6) return { method: "PUT", path: `/v1/session/renew/$${name}` };
    if (roll < 0.75) return { method: "GET", path: `/v1/session/info/$${name}` };
    if (roll < 0.85) return { method: "GET", path: `/v1/session/node/${this.#pick(NODES)}` };
    return { method: "GET", path: "/v1/session/list" };
  }

  #sessionBody(): string {
    const base = { LockDelay: "0s" };
    return JSON.stringify(
      this.#pick<unknown>([
        base,
        { ...base, Name: "x" },
        { ...base, TTL: "3600s" },
        { ...base, Behavior: "delete" },
        { ...base, Behavior: "wrong" },
        { ...base, TTL: "1s" },
        { ...base, TTL: "nonsense" },
        { ...base, Node: this.#pick(NODES) },
        { ...base, Node: "nobody" },
        { ...base, Checks: ["c1"] },
        { ...base, NodeChecks: [] },
        { LockDelay: "2m" },
      ]),
    );
  }

  #txn(): Step {
    const operations = Array.from({ length: 1 + Math.floor(this.#random() * 4) }, () => this.#operation());
    const body = this.#chance(0.05)
      ? this.#pick(["", "[]", "{", "[{}]", '[{"KV":{"Verb":"what","Key":"a"}}]'])
      : JSON.stringify(operations);
    return { method: "PUT", path: "/v1/txn", body };
  }

  #operation(): unknown {
    const Key = this.#pick(KEYS.slice(0, 5));
    const Value = Buffer.from(this.#pick(VALUES)).toString("base64");
    if (this.#chance(0.75)) {
      const Verb = this.#pick([
        "set",
        "set",
        "cas",
        "lock",
        "unlock",
        "get",
        "get-tree",
        "check-index",
        "check-session",
        "check-not-exists",
        "delete",
        "delete-tree",
        "delete-cas",
        "get-or-empty",
      ]);
      const Session = Verb.includes("lock") || Verb === "check-session" ? `$${this.#pick(SESSIONS)}` : undefined;
      const Index = Verb.includes("cas") || Verb === "check-index" ? `$index:${encodeURIComponent(Key)}` : undefined;
      return { KV: { Verb, Key, Value, ...(Session ? { Session } : {}), ...(Index ? { Index } : {}) } };
    }
    const Node = this.#pick(["n1", "n2"]);
    return this.#pick<unknown>([
      { Node: { Verb: "set", Node: { Node, Address: "10.0.0.9" } } },
      { Node: { Verb: "get", Node: { Node } } },
      { Node: { Verb: "delete", Node: { Node } } },
      { Service: { Verb: "set", Node, Service: { ID: "t", Service: "txn", Port: 5 } } },
      { Service: { Verb: "get", Node, Service: { ID: "t" } } },
      { Service: { Verb: "delete", Node, Service: { ID: "t" } } },
      { Check: { Verb: "set", Check: { Node, CheckID: "tc", Name: "tc", Status: this.#pick(STATUSES) } } },
      { Check: { Verb: "get", Check: { Node, CheckID: "tc" } } },
      { Check: { Verb: "delete", Check: { Node, CheckID: "tc" } } },
      { Session: { Verb: "delete", Session: { ID: `$${this.#pick(SESSIONS)}` } } },
    ]);
  }

  #catalogWrite(): Step {
    const Node = this.#pick(["n1", "n2"]);
    if (this.#chance(0.3)) {
      const what = this.#pick<object>([{}, { ServiceID: "web" }, { ServiceID: "db-1" }, { CheckID: "c1" }, { CheckID: "nothing" }]);
      return { method: "PUT", path: "/v1/catalog/deregister", body: JSON.stringify({ Node: this.#chance(0.05) ? "" : Node, ...what }) };
    }
    const Service = this.#pick<unknown>([
      undefined,
      { Service: "web", Port: 80, Tags: [this.#pick(TAGS)] },
      { ID: "db-1", Service: "db", Port: 5432, Meta: { version: "1" }, Tags: [] },
      { ID: "db-1", Service: "db", Address: "10.9.9.9", TaggedAddresses: { lan: { Address: "1.1.1.1", Port: 1 } } },
      { ID: "web", Service: "Web2", Weights: { Passing: 5, Warning: 2 }, EnableTagOverride: true },
    ]);
    const Check = this.#pick<unknown>([
      undefined,
      undefined,
      { CheckID: "c1", Name: "one", Status: this.#pick(STATUSES) },
      { CheckID: "c2", Name: "two", Status: this.#pick(STATUSES), ServiceID: "web", Notes: "n" },
      { Name: "unnamed" },
    ]);
    const body = {
      Node,
      Address: this.#pick(["10.0.0.1", "10.0.0.2"]),
      ...(this.#chance(0.3) ? { NodeMeta: { zone: this.#pick(["a", "b"]) } } : {}),
      ...(Service === undefined ? {} : { Service }),
      ...(Check === undefined ? {} : { Check }),
      ...(this.#chance(0.1) ? { SkipNodeUpdate: true } : {}),
    };
    return { method: "PUT", path: "/v1/catalog/register", body: JSON.stringify(this.#chance(0.04) ? { ...body, Address: "" } : body) };
  }

  #catalogRead(): Step {
    const service = this.#pick([...SERVICES, "consul", "none"]);
    const node = this.#pick([...NODES, "none"]);
    const path = this.#pick([
      `/v1/catalog/nodes${this.#query(["node-meta=zone:a", this.#filter("Node", "Meta")])}`,
      `/v1/catalog/services${this.#query(["node-meta=zone:b"])}`,
      `/v1/catalog/service/${service}${this.#query([`tag=${this.#pick(TAGS)}`, this.#filter("ServiceName", "NodeMeta"), this.#filter("ServicePort", "ServiceTags")])}`,
      `/v1/catalog/node/${node}${this.#query([this.#filter("Service", "Tags")])}`,
      `/v1/catalog/node-services/${node}${this.#query([this.#filter("Port", "Meta")])}`,
      `/v1/health/node/${node}${this.#query([this.#filter("Status", "ServiceTags")])}`,
      `/v1/health/checks/${service}${this.#query([this.#filter("CheckID", "ServiceTags")])}`,
      `/v1/health/service/${service}${this.#query(["passing", "passing=0", "passing=x", `tag=${this.#pick(TAGS)}`, this.#filter("Service.Port", "Service.Tags"), this.#filter("Checks.Status", "Node.Meta")])}`,
      `/v1/health/state/${this.#pick(["any", "passing", "warning", "critical", "nonsense"])}`,
      "/v1/catalog/datacenters",
      `/v1/health/connect/${service}`,
      `/v1/catalog/connect/${service}`,
    ]);
    return { method: this.#chance(0.02) ? "POST" : "GET", path };
  }

  #query(options: readonly string[]): string {
    return this.#chance(0.45) ? `?${this.#pick(options)}` : "";
  }

  #filter(scalar: string, container: string): string {
    const expression = this.#pick([
      `${scalar} == "${this.#pick(["web", "80", "passing", "n1"])}"`,
      `${scalar} != web`,
      `${scalar} matches "^w"`,
      `${container} is empty`,
      `"v1" in ${container}`,
      `${container} contains zone`,
      `not ${container} is empty and ${scalar} != 5`,
      `${scalar} ==`,
      `Nope == 1`,
      `(${scalar} == 80`,
    ]);
    return `filter=${encodeURIComponent(expression)}`;
  }

  #agent(): Step {
    const id = this.#pick(["web-1", "web-2", "solo"]);
    const check = this.#pick([...CHECKS.map((name) => `agent-${name}`), "service:web-1", "service:solo", "none"]);
    const roll = this.#random();
    if (roll < 0.25) return { method: "PUT", path: "/v1/agent/service/register", body: this.#agentService(id) };
    if (roll < 0.35) return { method: "PUT", path: `/v1/agent/service/deregister/${id}` };
    if (roll < 0.45) return { method: "PUT", path: "/v1/agent/check/register", body: this.#agentCheck() };
    if (roll < 0.5) return { method: "PUT", path: `/v1/agent/check/deregister/${check}` };
    if (roll < 0.6)
      return { method: "PUT", path: `/v1/agent/check/${this.#pick(["pass", "warn", "fail"])}/${check}?note=${this.#pick(["", "why"])}` };
    if (roll < 0.65)
      return {
        method: "PUT",
        path: `/v1/agent/check/update/${check}`,
        body: JSON.stringify({ Status: this.#pick([...STATUSES, "odd"]), Output: "o" }),
      };
    if (roll < 0.7)
      return { method: "PUT", path: `/v1/agent/service/maintenance/${id}?enable=${this.#pick(["true", "false", "x"])}&reason=r` };
    if (roll < 0.73) return { method: "PUT", path: `/v1/agent/maintenance?enable=${this.#pick(["true", "false"])}` };
    const path = this.#pick([
      `/v1/agent/services${this.#query([this.#filter("Service", "Tags")])}`,
      `/v1/agent/checks${this.#query([this.#filter("Status", "ServiceTags")])}`,
      `/v1/agent/service/${id}`,
      `/v1/agent/health/service/id/${id}`,
      `/v1/agent/health/service/id/${id}?format=text`,
      "/v1/agent/health/service/name/web",
      "/v1/agent/health/service/name/web?format=text",
      "/v1/health/service/web",
      `/v1/health/node/twin`,
      "/v1/catalog/node-services/twin",
    ]);
    return { method: "GET", path };
  }

  #agentService(id: string): string {
    const base = { ID: id, Name: id === "solo" ? "solo" : "web", Port: this.#pick([80, 81]) };
    return JSON.stringify(
      this.#pick<unknown>([
        base,
        { ...base, Tags: [this.#pick(TAGS)], Meta: { a: "b" } },
        { ...base, Check: { TTL: "1h" } },
        { ...base, Check: { TTL: "1h", Status: "passing", Notes: "n" } },
        {
          ...base,
          Checks: [
            { TTL: "1h", Name: "x" },
            { TTL: "2h", CheckID: "agent-c1", Status: "warning" },
          ],
        },
        { ...base, Check: { Interval: "10s", Timeout: "5s" } },
        { ...base, Check: { HTTP: "http://x" } },
        { ...base, Weights: { Passing: -1 } },
        { ...base, EnableTagOverride: true, TaggedAddresses: { wan: { Address: "1.2.3.4", Port: 5 } } },
        { ...base, Name: "" },
        { ...base, Meta: { "bad key": "x" } },
      ]),
    );
  }

  #agentCheck(): string {
    const name = this.#pick(CHECKS);
    return JSON.stringify(
      this.#pick<unknown>([
        { ID: `agent-${name}`, Name: name, TTL: "1h" },
        { ID: `agent-${name}`, Name: name, TTL: "1h", Status: this.#pick([...STATUSES, "odd"]) },
        { ID: `agent-${name}`, Name: name, TTL: "1h", ServiceID: this.#pick(["web-1", "nobody"]) },
        { Name: "", TTL: "1h" },
        { Name: name },
        { Name: name, TTL: "1h", Interval: "1s", HTTP: "http://x" },
        { Name: name, Args: ["true"], Interval: "10s" },
      ]),
    );
  }

  #blocking(): Step {
    const path = this.#pick([
      `/v1/kv/${this.#key()}`,
      "/v1/kv/a?recurse",
      "/v1/kv/?keys",
      "/v1/catalog/services",
      "/v1/catalog/nodes",
      "/v1/catalog/service/web",
      "/v1/health/service/web",
      "/v1/health/node/n1",
      "/v1/health/state/critical",
      "/v1/session/list",
      "/v1/session/info/$s1",
    ]);
    const write = (): Step => this.#pick([() => this.#kv(), () => this.#session(), () => this.#catalogWrite(), () => this.#txn()])();
    return { method: "GET", path, during: write() };
  }
}
