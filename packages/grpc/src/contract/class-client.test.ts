import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import type { CallOptions } from "../client/caller.js";
import { bindClass } from "./bind-class.js";
import { type ClassClient, type ClassClientOptions, classClient } from "./class-client.js";
import { loopbackCaller } from "./loopback.js";

class Echo {
  greeting = "Hello";
  get secret(): () => string {
    return () => "secret";
  }
  async echo(message: string): Promise<string> {
    return message;
  }
  add(a: number, b: number): number {
    return a + b;
  }
  greet(name: string): string {
    return `${this.greeting} ${name}`;
  }
  nothing(): void {}
  async *count(to: number): AsyncGenerator<number> {
    for (let i = 1; i <= to; i++) yield i;
  }
  *down(from: number): Generator<number> {
    for (let i = from; i > 0; i--) yield i;
  }
  async later(to: number): Promise<AsyncIterable<number>> {
    return this.count(to);
  }
  async sum(start: number, items: AsyncIterable<number>): Promise<number> {
    let total = start;
    for await (const item of items) total += item;
    return total;
  }
  async *scale(items: AsyncIterable<number>, by: number): AsyncGenerator<number> {
    for await (const item of items) yield item * by;
  }
  async same<T>(value: T): Promise<T> {
    return value;
  }
  _hidden(): string {
    return "hidden";
  }
  toString(): string {
    return "echo";
  }
}

const binding = bindClass("example.Echo", new Echo());
const connect = (options?: ClassClientOptions): ClassClient<Echo> => classClient<Echo>(loopbackCaller([binding]), "example.Echo", options);

async function* numbers(...items: number[]): AsyncGenerator<number> {
  yield* items;
}

async function* texts(): AsyncGenerator<string> {
  yield "a";
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

for (const codec of ["msgpack", "json"] as const) {
  test(`classClient() over ${codec} calls methods of every kind`, async () => {
    const echo = connect({ codec });
    assert.equal(await echo.echo("hi"), "hi");
    assert.equal(await echo.add(2, 3), 5);
    assert.equal(await echo.greet("you"), "Hello you");
    assert.equal((await echo.nothing()) ?? null, null);
    assert.deepEqual(await all(echo.count(3)), [1, 2, 3]);
    assert.deepEqual(await all(echo.down(3)), [3, 2, 1]);
    assert.deepEqual(await all(echo.later(2)), [1, 2]);
    assert.equal(await echo.sum(10, numbers(1, 2, 3)), 16);
    assert.deepEqual(await all(echo.scale(numbers(1, 2), 10)), [10, 20]);
  });
}

test("a call is a promise and an async iterable, whichever is used first or late", async () => {
  const echo = connect();
  assert.deepEqual(await all(echo.echo("hi") as unknown as AsyncIterable<string>), ["hi"]);
  const unary = echo.echo("late");
  const stream = echo.count(2);
  await new Promise(setImmediate);
  assert.equal(await unary, "late");
  assert.equal(await unary, "late");
  assert.deepEqual(await all(stream), [1, 2]);
  assert.deepEqual(await Promise.all([echo.echo("a"), echo.echo("b")]), ["a", "b"]);
  await assert.rejects(Promise.resolve(echo.count(2)), RpcError);
  assert.equal(await echo.echo("x").finally(() => {}), "x");
});

test("a call is sent though nobody looks at it", async () => {
  let called = 0;
  const caller = loopbackCaller([bindClass("a.B", { hit: () => ++called })]);
  const sent = new Promise<void>((resolve) => {
    const spying = {
      ...caller,
      serverStreaming: (...args: Parameters<typeof caller.serverStreaming>) => {
        resolve();
        return caller.serverStreaming(...args);
      },
    };
    classClient<{ hit(): number }>(spying, "a.B").hit();
  });
  await sent;
});

test("an awaited call without a stream is a unary call, decided before the tick ends", async () => {
  const kinds: string[] = [];
  const caller = loopbackCaller([binding]);
  const echo = classClient<Echo>(
    {
      ...caller,
      unary: (method, request, options) => {
        kinds.push(method.kind);
        return caller.unary(method, request, options);
      },
    },
    "example.Echo",
  );
  await echo.echo("a");
  await Promise.all([echo.echo("b"), echo.echo("c")]);
  assert.deepEqual(kinds, ["unary", "unary", "unary"]);
});

test("with() gives the options to the calls made through it", async () => {
  const seen: (CallOptions | undefined)[] = [];
  const caller = loopbackCaller([binding]);
  const echo = classClient<Echo>(
    {
      ...caller,
      unary: (method, request, options) => {
        seen.push(options);
        return caller.unary(method, request, options);
      },
    },
    "example.Echo",
  );
  await echo.with({ timeoutMs: 500 }).with({ key: "k" }).echo("a");
  await echo.echo("b");
  assert.deepEqual(seen, [{ timeoutMs: 500, key: "k" }, undefined]);
});

test("the client itself is no promise, and its private and inherited names are no methods", async () => {
  const echo = connect() as unknown as Record<string, unknown>;
  assert.equal(await echo, echo);
  for (const name of ["then", "_hidden", "#x", "__proto__", "toJSON"]) assert.notEqual(typeof echo[name], "function", name);
  assert.equal(Reflect.get(echo, "constructor"), Object);
  assert.equal(String(echo), "[object Object]");
  assert.equal(JSON.stringify(echo), "{}");
});

test("bindClass() serves no getter, private, inherited framework or prototype name", () => {
  class Emitting extends EventEmitter {
    static make(): Emitting {
      return new Emitting();
    }
    data = class {};
    hello(): string {
      return "hello";
    }
    override emit(): boolean {
      return true;
    }
    [Symbol.iterator](): void {}
  }
  class Derived extends Emitting {
    more = (): string => "more";
  }
  assert.deepEqual([...bindClass("a.B", new Derived()).handlers.keys()].sort(), ["hello", "more"]);
  const names = [...binding.handlers.keys()];
  assert.deepEqual(names, ["echo", "add", "greet", "nothing", "count", "down", "later", "sum", "scale", "same"]);
  assert.throws(() => bindClass("a.B", {}), /no method/);
  assert.throws(() => bindClass("a/B", new Echo()), /identifiers/);
  assert.deepEqual([...bindClass("a.B", new Echo(), { methods: ["echo"] }).handlers.keys()], ["echo"]);
  assert.throws(() => bindClass("a.B", new Echo(), { methods: ["_hidden"] }), /no callable method/);
});

test("a first message that is no list of arguments is refused", async () => {
  const caller = loopbackCaller([binding]);
  const method = binding.contract.methods[0]!;
  for (const bad of ["hi", 1, { arguments: [], stream: 0 }, { stream: 0 }, { arguments: [1], stream: 1.5 }]) {
    await assert.rejects(caller.unary({ ...method, kind: "unary" }, bad), (error: RpcError) => error.code === Code.INVALID_ARGUMENT);
  }
});

/** Types only: never run. */
export async function typesFollowFromTheClass(echo: ClassClient<Echo>): Promise<void> {
  const text: string = await echo.echo("hi");
  const sum: number = await echo.add(1, 2);
  const items: AsyncIterable<number> = echo.count(3);
  const late: AsyncIterable<number> = echo.later(3);
  const down: AsyncIterable<number> = echo.down(3);
  const streamed: Promise<number> = echo.sum(1, numbers());
  const generic: { a: 1 } = await echo.same<{ a: 1 }>({ a: 1 });
  const nothing: Promise<void> = echo.nothing();
  // @ts-expect-error no such method
  echo.missing();
  // @ts-expect-error wrong argument
  echo.echo(1);
  // @ts-expect-error too few arguments
  echo.add(1);
  // @ts-expect-error a stream is no promise
  (await echo.count(3)) satisfies number;
  // @ts-expect-error private by its name
  echo._hidden();
  // @ts-expect-error a field is no method
  echo.greeting();
  // @ts-expect-error items of the wrong type
  echo.sum(1, texts());
  void [text, sum, items, late, down, streamed, generic, nothing];
}
