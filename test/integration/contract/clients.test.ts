import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { classClient, createChannel, nameClient } from "@consulrpc/grpc";
import { requireForeignProgram, skipWithout } from "@consulrpc/tools";
import { python, run } from "./programs.js";
import { type Echo, PROTO, servedContracts } from "./services.js";

const { server, port } = await servedContracts();
const channel = createChannel(`static://127.0.0.1:${port}`);
after(async () => {
  await channel.close();
  await server.close();
});

async function* numbers(...items: number[]): AsyncGenerator<number> {
  yield* items;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

for (const codec of ["msgpack", "json"] as const) {
  test(`a class is called over the wire in ${codec}, in every kind`, async () => {
    const echo = classClient<Echo>(channel, "example.Echo", { codec });
    assert.equal(await echo.echo("hi"), "hi");
    assert.equal(await echo.add(2, 3), 5);
    assert.deepEqual(await all(echo.count(3)), [1, 2, 3]);
    assert.equal(await echo.sum(numbers(1, 2, 3)), 6);
    assert.deepEqual(await all(echo.scale(numbers(1, 2), 10)), [10, 20]);
    const unread = echo.count(1_000);
    await new Promise(setImmediate);
    assert.equal((await all(unread)).length, 1_000);
    assert.deepEqual(await Promise.all([echo.echo("a"), echo.with({ timeoutMs: 5_000 }).echo("b")]), ["a", "b"]);
  });
}

test("dates, maps, sets, bytes, bigint and undefined survive the way", async () => {
  const echo = classClient<Echo>(channel, "example.Echo");
  const value = {
    at: new Date(0),
    map: new Map([[1, "a"]]),
    set: new Set([1]),
    bytes: new Uint8Array([1, 2]),
    big: 2n ** 70n,
    none: undefined,
  };
  assert.deepStrictEqual(await echo.same(value), value);
});

test("a call by name needs nothing but the name, also for services from a .proto", async () => {
  const client = nameClient(() => channel);
  assert.deepEqual(await client.call("example.Solo"), { reply: "Hello, ConsulRPC!" });
  assert.deepEqual(await client.call("example.Echo/echo", "hi"), { reply: "hi" });
  const { reply } = await client.call<{ message: string }>("helloworld.Greeter/SayHello", { name: "world" });
  assert.equal(reply.message, "Hello world");
});

const skip = skipWithout("grpcurl");

test("grpcurl lists, describes and calls classes and services alike", { skip }, async () => {
  const grpcurl = requireForeignProgram("grpcurl");
  const address = `127.0.0.1:${port}`;
  const call = async (...args: string[]): Promise<string> => {
    const { exitCode, output } = await run(grpcurl, ["-plaintext", ...args]);
    assert.equal(exitCode, 0, output);
    return output.trim();
  };
  const listed = (await call(address, "list")).split("\n");
  for (const name of [
    "example.Echo",
    "example.Solo",
    "helloworld.Greeter",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
  ]) {
    assert.ok(listed.includes(name), `${name} in ${listed.join(", ")}`);
  }
  assert.match(
    await call(address, "describe", "example.Echo"),
    /rpc count \( \.google\.protobuf\.Value \) returns \( stream \.google\.protobuf\.Value \)/,
  );
  assert.match(await call(address, "describe", "helloworld.HelloRequest"), /string name = 1;/);
  assert.equal(await call("-d", '["hi"]', address, "example.Echo/echo"), '"hi"');
  assert.equal(await call("-d", "[2, 3]", address, "example.Echo/add"), "5");
  assert.deepEqual((await call("-d", "[3]", address, "example.Echo/count")).split(/\s+/), ["1", "2", "3"]);
  assert.equal(await call(address, "example.Solo/hello"), '"Hello, ConsulRPC!"');
  assert.deepEqual(JSON.parse(await call("-d", '{"name":"world"}', address, "helloworld.Greeter/SayHello")), { message: "Hello world" });
  assert.match(await call("-d", '{"name":"a"}{"name":"b"}', address, "helloworld.Greeter/SayHellos"), /Hello a[\s\S]*Hello b/);
});

const PYTHON = `
import os, sys, grpc
from grpc_tools import protoc
folder, proto, address = sys.argv[1:]
if protoc.main(["", "-I" + os.path.dirname(proto), "--python_out=" + folder, "--grpc_python_out=" + folder, proto]): sys.exit("protoc")
sys.path.insert(0, folder)
import greeter_pb2, greeter_pb2_grpc
from google.protobuf import struct_pb2, json_format
channel = grpc.insecure_channel(address)
greeter = greeter_pb2_grpc.GreeterStub(channel)
print(greeter.SayHello(greeter_pb2.HelloRequest(name="Python"), timeout=10).message)
print([reply.message for reply in greeter.SayHellos(iter([greeter_pb2.HelloRequest(name=n) for n in "ab"]), timeout=10)])
raw = channel.unary_unary("/example.Echo/add", struct_pb2.Value.SerializeToString, struct_pb2.Value.FromString)
print(raw(json_format.ParseDict([2, 3], struct_pb2.Value()), timeout=10).number_value)
`;

test("Python's generated code calls the same .proto, and a class through Value", {
  skip: python() === undefined && "no Python with grpcio and grpcio-tools (PYTHON_BIN names one)",
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "consulrpc-python-"));
  try {
    const script = join(folder, "client.py");
    await writeFile(script, PYTHON);
    const { exitCode, output } = await run(python()!, [script, folder, PROTO, `127.0.0.1:${port}`]);
    assert.equal(exitCode, 0, output);
    assert.deepEqual(output.trim().split("\n"), ["Hello Python", "['Hello a', 'Hello b']", "5.0"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("grpc-go's published greeter_client is greeted", { skip: skipWithout("greeter-client") }, async () => {
  const { exitCode, output } = await run(requireForeignProgram("greeter-client"), ["--addr", `127.0.0.1:${port}`, "--name", "Go"]);
  assert.equal(exitCode, 0, output);
  assert.match(output, /Greeting: Hello Go/);
});
