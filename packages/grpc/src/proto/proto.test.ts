import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { generate, generateAndWatch } from "./generate.js";
import { ProtoError } from "./proto-error.js";
import { loadProto } from "./proto-files.js";

async function inFolder(files: Readonly<Record<string, string>>, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "consulrpc-test-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(folder, name, ".."), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const hello = {
  "hello.proto": `syntax = "proto3";
package hello;
import "types/name.proto";
import "google/protobuf/timestamp.proto";
service HelloService { rpc SayHello(types.Name) returns (Answer); }
message Answer { string message = 1; google.protobuf.Timestamp at = 2; }
`,
  "types/name.proto": `edition = "2023";
package types;
message Name { string name = 1; }
`,
};

test("loadProto() reads services with their imports", () =>
  inFolder(hello, async (folder) => {
    const registry = await loadProto(join(folder, "hello.proto"));
    const service = registry.getService("hello.HelloService");
    assert.equal(service?.methods[0]?.input.typeName, "types.Name");
    assert.ok(registry.getMessage("google.protobuf.Timestamp"));
  }));

test("a mistake in a .proto is shown with file, line and caret", () =>
  inFolder(
    {
      "a/bad.proto": 'syntax = "proto3";\nmessage M {\n\tFoo foo = 1;\n  string a = 2\n  string b = 3;\n}\n',
      "type.proto": 'syntax = "proto3";\nmessage M {\n  Foo foo = 1;\n}\n',
    },
    async (folder) => {
      await assert.rejects(loadProto(join(folder, "a/bad.proto"), { folders: [folder] }), (error: ProtoError) => {
        const file = join(folder, "a/bad.proto");
        assert.equal(error.message, `${file}:5:3: Expected ";".\n  5 |   string b = 3;\n    |   ^`);
        assert.deepEqual(error.problems, [{ file, line: 5, column: 3, message: 'Expected ";".' }]);
        return true;
      });
      await assert.rejects(loadProto(join(folder, "type.proto")), (error: ProtoError) => {
        assert.equal(error.message, `${join(folder, "type.proto")}:3:3: "Foo" is not defined.\n  3 |   Foo foo = 1;\n    |   ^`);
        return true;
      });
      await assert.rejects(loadProto(join(folder, "none.proto")), /none\.proto.*No such file/);
      await assert.rejects(loadProto([]), /no \.proto file/);
    },
  ));

test("generate() writes protoc-gen-es's code, and leaves alone what is the same", () =>
  inFolder(hello, async (folder) => {
    const out = join(folder, "gen");
    const files = [join(folder, "hello.proto"), join(folder, "types/name.proto")];
    const options = { folders: [folder], out };
    assert.deepEqual([...(await generate(files, options))].sort(), [join(out, "hello_pb.ts"), join(out, "types/name_pb.ts")]);
    assert.match(
      await readFile(join(out, "hello_pb.ts"), "utf8"),
      /from "\.\/types\/name_pb\.js"[\s\S]*export const HelloService: GenService/,
    );
    assert.deepEqual(await generate(files, options), []);
    assert.deepEqual((await generate(files, { ...options, target: "js" })).length, 4);
  }));

test("generateAndWatch() generates after every change and survives mistakes", { timeout: 60_000 }, () =>
  inFolder(hello, async (folder) => {
    const stop = new AbortController();
    const file = join(folder, "hello.proto");
    const rounds = generateAndWatch(file, { out: join(folder, "gen"), folders: [folder], signal: stop.signal });
    const round = async (): Promise<object> => (await rounds.next()).value as object;
    assert.ok("written" in (await round()));
    await writeFile(file, "nonsense");
    const failed = (await round()) as { error: ProtoError };
    assert.ok(failed.error instanceof ProtoError);
    await writeFile(file, hello["hello.proto"].replace("Answer", "Reply").replace("Answer", "Reply"));
    // An editor's write may be seen in two steps: what counts is where it ends.
    for (let tries = 0; tries < 5; tries++) {
      const result = (await round()) as { written?: readonly string[] };
      if (result.written?.length === 1) break;
      assert.ok(tries < 4, JSON.stringify(result));
    }
    stop.abort();
    assert.equal((await rounds.next()).done, true);
  }),
);
