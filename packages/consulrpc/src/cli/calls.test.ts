import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Agent, startAgent } from "@consulrpc/agent";
import { loadProto } from "@consulrpc/grpc/proto";
import { serve } from "../door/serve.js";
import { consulrpc } from "./consulrpc-double.js";

class Echo {
  echo(message: string): string {
    return message;
  }

  async *count(to: number): AsyncGenerator<number> {
    for (let i = 1; i <= to; i++) yield i;
  }
}

const PROTO = `syntax = "proto3";
package hello;
service HelloService { rpc SayHello(HelloRequest) returns (HelloResponse); rpc Watch(HelloRequest) returns (stream HelloResponse); }
message HelloRequest { string name = 1; repeated string tags = 2; map<string, int32> marks = 3; }
message HelloResponse { string message = 1; }
`;

/** An agent with a class service and a protobuf service, without generated code. */
async function withServices(body: (agent: Agent, folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "consulrpc-cli-"));
  try {
    writeFileSync(join(folder, "hello.proto"), PROTO);
    const hello = (await loadProto(join(folder, "hello.proto"))).getService("hello.HelloService");
    assert.ok(hello !== undefined);
    await using agent = await startAgent();
    const options = { consul: agent.address, signals: false, address: "127.0.0.1", propagationMs: 0, log: () => {} } as const;
    await using _echo = await serve("example.Echo", new Echo(), options);
    const sayHello = ({ name }: { name?: string }) => ({ message: `Hello ${name}` });
    await using _hello = await serve(hello, { sayHello } as never, options);
    await body(agent, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("call reaches classes and protobuf services by name, and streams", () =>
  withServices(async (agent) => {
    assert.deepEqual(await consulrpc(agent, ["call", "example.Echo/echo", "hi"]), { code: 0, out: "hi\n", remarks: "" });
    assert.equal((await consulrpc(agent, ["call", "example.Echo/count", "3", "--json"])).out, "1\n2\n3\n");
    const greeted = await consulrpc(agent, ["call", "hello.HelloService/SayHello", '{"name":"world"}', "--json"]);
    assert.deepEqual(JSON.parse(greeted.out), { message: "Hello world" }, greeted.remarks);
    const wrong = await consulrpc(agent, ["call", "hello.HelloService/SayHello", "{name"]);
    assert.deepEqual([wrong.code, /no JSON/.test(wrong.remarks)], [2, true]);
    const absent = await consulrpc(agent, ["call", "nobody.There/x"]);
    assert.equal(absent.code, 3, absent.remarks);
    assert.match(absent.remarks, /nobody\.There/);
  }));

test("list shows contracts in Consul, and those of a server", () =>
  withServices(async (agent) => {
    const listed = JSON.parse((await consulrpc(agent, ["list", "--json"])).out) as { service: string; passing: number }[];
    assert.deepEqual(listed.map(({ service, passing }) => [service, passing]).sort(), [
      ["example.Echo", 1],
      ["hello.HelloService", 1],
    ]);
    const own = await consulrpc(agent, ["list", "--at", "consul://hello.HelloService"]);
    assert.match(own.out, /hello\.HelloService/, own.remarks);
  }));

test("describe shows methods and messages as a .proto does", () =>
  withServices(async (agent) => {
    const { out, remarks } = await consulrpc(agent, ["describe", "hello.HelloService"]);
    assert.match(out, /rpc SayHello\(hello\.HelloRequest\) returns \(hello\.HelloResponse\);/, remarks);
    assert.match(out, /rpc Watch\(hello\.HelloRequest\) returns \(stream hello\.HelloResponse\);/);
    assert.match(out, /repeated string tags = 2;\n {2}map<string, int32> marks = 3;/);
  }));

test("bench says how many calls were answered", () =>
  withServices(async (agent) => {
    const { code, out, remarks } = await consulrpc(agent, ["bench", "example.Echo/echo", "hi", "-c", "4", "--seconds", "0.2", "--json"]);
    const result = JSON.parse(out) as { calls: number; failed: number };
    assert.ok(code === 0 && result.calls > 0 && result.failed === 0, `${out} ${remarks}`);
  }));

test("generate writes typed code, and shows a mistake with its line", () =>
  withServices(async (agent, folder) => {
    const out = join(folder, "gen");
    assert.equal((await consulrpc(agent, ["generate", join(folder, "hello.proto"), "--out", out])).code, 0);
    assert.match(readFileSync(join(out, "hello_pb.ts"), "utf8"), /export const HelloService/);
    writeFileSync(join(folder, "wrong.proto"), 'syntax = "proto3";\nmessage A { strin name = 1; }\n');
    const wrong = await consulrpc(agent, ["generate", join(folder, "wrong.proto"), "--out", out]);
    assert.equal(wrong.code, 1);
    assert.match(wrong.remarks, /wrong\.proto:2:/);
  }));
