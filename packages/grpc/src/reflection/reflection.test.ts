import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import { bindClass } from "../contract/bind-class.js";
import { loopbackCaller } from "../contract/loopback.js";
import { nameClient } from "../contract/name-client.js";
import type { Binding } from "../server/handler.js";
import { reflectService } from "./reflect-service.js";
import { reflectionBindings } from "./reflection.js";

class Echo {
  echo(message: string): string {
    return message;
  }
  async *count(to: number): AsyncGenerator<number> {
    for (let i = 1; i <= to; i++) yield i;
  }
  async sum(items: AsyncIterable<number>): Promise<number> {
    let total = 0;
    for await (const item of items) total += item;
    return total;
  }
}

class Hello {
  hello(): string {
    return "Hello, ConsulRPC!";
  }
}

function served(...bindings: Binding[]): Binding[] {
  const all: Binding[] = [...bindings];
  all.push(...reflectionBindings(() => all.map(({ contract }) => contract)));
  return all;
}

const caller = loopbackCaller(served(bindClass("example.Echo", new Echo()), bindClass("example.Hello", new Hello())));
const coded = (code: Code) => (error: unknown) => error instanceof RpcError && error.code === code;

test("reflectService() reads the reflection service itself, with its types", async () => {
  const { service, registry } = await reflectService(caller, "grpc.reflection.v1.ServerReflection");
  assert.equal(service.methods[0]?.methodKind, "bidi_streaming");
  assert.ok(registry.getMessage("grpc.reflection.v1.ServerReflectionRequest"));
});

test("a class is a service of Values, whose generators stream", async () => {
  const { service } = await reflectService(caller, "example.Echo");
  assert.deepEqual(
    service.methods.map(({ name, input, methodKind }) => [name, input.typeName, methodKind]),
    [
      ["echo", "google.protobuf.Value", "unary"],
      ["count", "google.protobuf.Value", "server_streaming"],
      ["sum", "google.protobuf.Value", "unary"],
    ],
  );
});

test("v1alpha answers where there is no v1, and what is unknown is NOT_FOUND", async () => {
  const [, alpha] = reflectionBindings(() => []);
  await assert.rejects(reflectService(loopbackCaller([alpha!]), "a.B"), coded(Code.NOT_FOUND));
  await assert.rejects(reflectService(caller, "a.B"), coded(Code.NOT_FOUND));
  await assert.rejects(reflectService(loopbackCaller([]), "a.B"), coded(Code.UNIMPLEMENTED));
});

test("nameClient() calls classes by name alone, and a single method by its service", async () => {
  const client = nameClient(() => caller);
  assert.deepEqual(await client.call("example.Hello"), { reply: "Hello, ConsulRPC!" });
  assert.deepEqual(await client.call("example.Echo/echo", "hi"), { reply: "hi" });
  const counted: unknown[] = [];
  for await (const { reply } of client.call("example.Echo/count", 3)) counted.push(reply);
  assert.deepEqual(counted, [1, 2, 3]);
  async function* items(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }
  assert.deepEqual(await client.call("example.Echo/sum", items()), { reply: 3 });
  await assert.rejects(Promise.resolve(client.call("example.Echo")), /example\.Echo has 3 methods/);
  for (const name of ["constructor", "__proto__", "_x", "toString"])
    await assert.rejects(Promise.resolve(client.call(`example.Echo/${name}`)), coded(Code.UNIMPLEMENTED), name);
  assert.throws(() => client.call("a/b/c"), TypeError);
});

test("nameClient() calls protobuf services in their own messages or in JSON", async () => {
  const path = "grpc.reflection.v1.ServerReflection/serverReflectionInfo";
  const request = { messageRequest: { case: "listServices", value: "" } };
  const { reply } = await nameClient(() => caller).call<{ messageResponse: { case: string } }>(path, request);
  assert.equal(reply.messageResponse.case, "listServicesResponse");
  const { reply: json } = await nameClient(() => caller, { json: true }).call<{ listServicesResponse: { service: object[] } }>(path, {
    listServices: "",
  });
  assert.deepEqual(json.listServicesResponse.service.slice(0, 2), [{ name: "example.Echo" }, { name: "example.Hello" }]);
});

test("nameClient() asks a service's reflection once, and does without it", async () => {
  let asked = 0;
  const counting = {
    ...caller,
    bidi: (...args: Parameters<typeof caller.bidi>) => {
      asked++;
      return caller.bidi(...args);
    },
  };
  const client = nameClient(() => counting);
  await client.call("example.Echo/echo", "a");
  await client.with({ timeoutMs: 1_000 }).call("example.Echo/echo", "b");
  assert.equal(asked, 1);
  const bare = nameClient(() => loopbackCaller([bindClass("example.Echo", new Echo())]));
  assert.deepEqual(await bare.call("example.Echo/echo", "hi"), { reply: "hi" });
  await assert.rejects(Promise.resolve(bare.call("example.Echo")), /no reflection/);
});
