import assert from "node:assert/strict";
import { test } from "node:test";
import { Consul } from "@consulrpc/consul";
import { connect, type Served, serve } from "consulrpc";
import { eventually, registries } from "./registries.js";

for (const setup of registries) {
  test(`13: the registry chooses, and changes its mind while calls run (${setup.name})`, { skip: setup.skip }, async () => {
    await using registry = await setup.start();
    await using consul = new Consul({ address: registry.address, environment: {} });
    const options = { consul, signals: false, propagationMs: 10, host: "127.0.0.1", log: () => undefined };
    const served: Served[] = [];
    for (const name of ["A", "B", "C"]) served.push(await serve("policy.Chosen", { who: async () => name }, { ...options, id: name }));
    await using client = connect<{ who(): Promise<string> }>("policy.Chosen", { consul, lastGood: false });
    const seven = async (): Promise<string> => {
      const calls: string[] = [];
      for (let call = 0; call < 7; call++) calls.push(await client.who());
      return calls.sort().join("");
    };
    await eventually("all three answer", async () => new Set(await seven()).size === 3);
    const ids = Object.fromEntries(
      (await consul.health.service("policy.Chosen")).map(({ Node, Service }) => [
        Service.ID.slice(0, 1),
        `${Node.Datacenter}/${Node.Node}/${Service.ID}`,
      ]),
    );
    const weights = { [ids.A!]: 5, [ids.B!]: 1, [ids.C!]: 1 };
    await consul.kv.putJson("consulrpc/balance/policy.Chosen", { policy: "weighted_round_robin", weights });
    await eventually("five A, one B, one C", async () => (await seven()) === "AAAAABC");
    await consul.kv.put("consulrpc/balance/policy.Chosen", "no JSON");
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(await seven(), "AAAAABC", "the last good policy stays");
    await consul.kv.remove("consulrpc/balance/policy.Chosen");
    await consul.config.set({ Kind: "service-resolver", Name: "policy.Chosen", LoadBalancer: { Policy: "maglev" } });
    await eventually("a service-resolver's policy", async () => new Set(await seven()).size >= 1);
    await Promise.all(served.map((one) => one.close()));
  });
}
