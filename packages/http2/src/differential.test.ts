import assert from "node:assert/strict";
import { connect, createServer, type IncomingHttpHeaders } from "node:http2";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { type ConnectionListener, connectHttp2, type HeaderBlock, type Http2Endpoint, listenHttp2, prepareHeaders } from "./index.js";

/** Names that node:http2 neither merges nor forbids, so that both sides can keep one value each. */
const names = fc.uniqueArray(
  fc.string({ unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz0123456789-"), minLength: 1, maxLength: 20 }).map((name) => `x-${name}`),
  { maxLength: 12 },
);
const value = fc
  .string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 200 })
  .map((text) => text.trim());
/** Requests over one connection, so that dynamic tables fill, repeat and evict. */
const requests = fc.array(
  names.chain((list) => fc.tuple(...list.map((name) => fc.tuple(fc.constant(name), value)))),
  { minLength: 1, maxLength: 30 },
);

const pairsOf = (block: HeaderBlock): [string, string][] =>
  Array.from({ length: block.fields.length / 2 }, (_, at): [string, string] => [
    block.fields[at * 2] ?? "",
    block.fields[at * 2 + 1] ?? "",
  ]);
const custom = (pairs: Iterable<[string, string]>): Record<string, string> =>
  Object.fromEntries([...pairs].filter(([name]) => name.startsWith("x-")).sort());
const ofNode = (headers: IncomingHttpHeaders): Record<string, string> => custom(Object.entries(headers) as [string, string][]);

test("listenHttp2() reads the header lists of node:http2's client, and is read by it", async () => {
  const seen: Record<string, string>[] = [];
  const accept = ({ connection }: Http2Endpoint): ConnectionListener => ({
    onHeaders: (stream, block) => {
      const pairs = pairsOf(block);
      seen.push(custom(pairs));
      connection.sendHeaders(stream, prepareHeaders([":status", "200", ...Object.entries(custom(pairs)).flat()]), undefined, true);
    },
    onData() {},
    onTrailers() {},
    onReset() {},
    onDrain() {},
    onClose() {},
  });
  const listener = await listenHttp2({ host: "127.0.0.1" }, accept);
  await fc.assert(
    fc.asyncProperty(requests, async (lists) => {
      seen.length = 0;
      const session = connect(`http://127.0.0.1:${listener.port}`);
      for (const list of lists) {
        const stream = session.request({ ":path": "/", ...Object.fromEntries(list) });
        const reply = await new Promise<IncomingHttpHeaders>((resolve, reject) =>
          stream.on("response", resolve).on("error", reject).resume(),
        );
        assert.deepEqual(ofNode(reply), custom(list));
      }
      assert.deepEqual(seen, lists.map(custom));
      await new Promise<void>((resolve) => session.close(resolve));
    }),
    { numRuns: 25 },
  );
  await listener.close();
});

test("connectHttp2() reads the header lists of node:http2's server, and is read by it", async () => {
  const server = createServer((request, response) => {
    response.writeHead(200, ofNode(request.headers));
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await fc.assert(
    fc.asyncProperty(requests, async (lists) => {
      const endpoint = await connectHttp2({ host: "127.0.0.1", port }, () => ({
        onHeaders: (stream, block) => (stream.owner as (block: HeaderBlock) => void)(block),
        onData() {},
        onTrailers() {},
        onReset: (stream) => (stream.owner as (block: undefined) => void)(undefined),
        onDrain() {},
        onClose() {},
      }));
      const request = prepareHeaders([":method", "GET", ":scheme", "http", ":path", "/", ":authority", "localhost"]);
      for (const list of lists) {
        const reply = await new Promise<HeaderBlock>((resolve) => endpoint.connection.openStream(resolve, request, list.flat(), true));
        assert.deepEqual(custom(pairsOf(reply)), custom(list));
      }
      endpoint.destroy();
    }),
    { numRuns: 25 },
  );
  await new Promise((resolve) => server.close(resolve));
});
