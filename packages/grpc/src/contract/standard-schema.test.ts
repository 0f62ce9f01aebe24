import assert from "node:assert/strict";
import { test } from "node:test";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { z } from "zod";
import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import { bindClass } from "./bind-class.js";
import { classClient } from "./class-client.js";
import { loopbackCaller } from "./loopback.js";

class Users {
  add(user: { name: string; age: number }, notify: boolean): string {
    return `${user.name} ${user.age} ${notify}`;
  }
  async sum(items: AsyncIterable<number>): Promise<number> {
    let total = 0;
    for await (const item of items) total += item;
    return total;
  }
}

const schemas = { add: [z.object({ name: z.string(), age: z.number().int().default(7) }), z.boolean()], sum: [z.number().positive()] };
const users = classClient<Users>(loopbackCaller([bindClass("a.Users", new Users(), { schemas })]), "a.Users");

async function* numbers(...items: number[]): AsyncGenerator<number> {
  yield* items;
}

test("bindClass({ schemas }) gives the method what the schemas make of its arguments", async () => {
  assert.equal(await users.add({ name: "Ada", age: 36 }, true), "Ada 36 true");
  assert.equal(await users.add({ name: "Ada" } as never, false), "Ada 7 false");
  assert.equal(await users.sum(numbers(1, 2)), 3);
});

test("what fails is INVALID_ARGUMENT, with the paths in google.rpc.BadRequest", async () => {
  await assert.rejects(Promise.resolve(users.add({ name: 1, age: 1.5 } as never, "yes" as never)), (error: RpcError) => {
    assert.ok(error instanceof RpcError);
    assert.equal(error.code, Code.INVALID_ARGUMENT);
    const [detail] = error.details as { typeUrl: string; value: Uint8Array }[];
    assert.equal(detail?.typeUrl, "type.googleapis.com/google.rpc.BadRequest");
    assert.deepEqual(violatedFields(detail!.value), ["$[0].name", "$[0].age", "$[1]"]);
    return true;
  });
  await assert.rejects(Promise.resolve(users.sum(numbers(1, -2))), /\$\[0\]\[1\]/);
});

test("an asynchronous schema is waited for", async () => {
  const slow = z.string().refine(async (text) => text !== "no");
  const echo = classClient<{ echo(text: string): string }>(
    loopbackCaller([bindClass("a.B", { echo: (text: string) => text }, { schemas: { echo: [slow] } })]),
    "a.B",
  );
  assert.equal(await echo.echo("yes"), "yes");
  await assert.rejects(Promise.resolve(echo.echo("no")), /\[invalid_argument\]/);
});

function violatedFields(bytes: Uint8Array): string[] {
  const fields: string[] = [];
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    reader.tag();
    const violation = new BinaryReader(reader.bytes());
    violation.tag();
    fields.push(violation.string());
  }
  return fields;
}
