import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection, HEAD_BYTES_MAX, type Wire } from "./connection.js";
import type { HttpRequest, HttpResponse } from "./message.js";

/** A connection whose handler echoes what it was asked, and what it wrote. */
function start(handler?: (request: HttpRequest) => HttpResponse | Promise<HttpResponse>) {
  const state = { written: "", ended: false, paused: false, asked: [] as string[] };
  const wire: Wire = {
    write: (data, encoding) => {
      state.written += typeof data === "string" ? Buffer.from(data, encoding ?? "utf8").toString("latin1") : data.toString("latin1");
      return true;
    },
    end: () => {
      state.ended = true;
    },
    pause: () => {
      state.paused = true;
    },
    resume: () => {
      state.paused = false;
    },
    drained: async () => {},
  };
  const echo = (request: HttpRequest): HttpResponse => {
    state.asked.push(`${request.method} ${request.path} ${request.body.toString()}`);
    return { status: 200, headers: [], body: request.body };
  };
  const connection = new Connection(
    {
      handler: handler ?? echo,
      bodyBytesMax: () => 100,
      refuseBody: () => ({ status: 413, headers: [], body: "too long" }),
      compress: () => undefined,
      now: () => 0,
    },
    wire,
    "127.0.0.1",
  );
  const send = (text: string): void => connection.receive(Buffer.from(text, "latin1"));
  return { connection, state, send };
}

const refused: Readonly<Record<string, string>> = {
  "both lengths": "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "two lengths": "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
  "a signed length": "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc",
  "a list of lengths": "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc",
  "a hexadecimal length": "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0x3\r\n\r\nabc",
  "an unknown coding": "PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
  "two codings": "PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
  "chunks in HTTP/1.0": "PUT /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "a space before the colon": "GET /a HTTP/1.1\r\nHost : x\r\n\r\n",
  "a folded line": "GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
  "a bare line feed": "GET /a HTTP/1.1\r\nHost: x\nA: b\r\n\r\n",
  "a bare carriage return": "GET /a HTTP/1.1\r\nHost: x\rA: b\r\n\r\n",
  "a zero byte": "GET /a HTTP/1.1\r\nHost: x\0\r\n\r\n",
  "no host": "GET /a HTTP/1.1\r\n\r\n",
  "two hosts": "GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
  "another version": "GET /a HTTP/2.0\r\nHost: x\r\n\r\n",
  "two spaces": "GET  /a HTTP/1.1\r\nHost: x\r\n\r\n",
  "a bad escape": "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
  "a TLS hello": "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
  "a chunk size that is none": "PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  "a chunk longer than it says": "PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
  "a head without end": `GET /${"a".repeat(HEAD_BYTES_MAX + 1)}`,
  "too many fields": `GET /a HTTP/1.1\r\n${"a: b\r\n".repeat(101)}\r\n`,
};

for (const [what, request] of Object.entries(refused)) {
  test(`Connection refuses ${what} and closes`, () => {
    const { state, send } = start();
    send(request);
    send("GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
    assert.match(state.written, /^HTTP\/1\.1 (?:400|417|431|501|505) /);
    assert.equal(state.written.match(/HTTP\/1\.1/g)?.length, 1);
    assert.equal(state.ended, true);
    assert.deepEqual(state.asked, []);
  });
}

test("Connection reads requests in whatever pieces they come", async () => {
  const text =
    "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" +
    "PUT /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2;e=1\r\nde\r\n1\r\nf\r\n0\r\nT: 1\r\n\r\n" +
    "GET /c?d=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  for (const size of [1, 2, 7, text.length]) {
    const { state, send } = start();
    for (let at = 0; at < text.length; at += size) send(text.slice(at, at + size));
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(state.asked, ["PUT /a abc", "PUT /b def", "GET /c "], `pieces of ${size}`);
    assert.equal(state.ended, true);
  }
});

test("Connection answers pipelined requests one after the other, in order", async () => {
  const waiting: ((response: HttpResponse) => void)[] = [];
  const { state, send } = start(() => new Promise((resolve) => waiting.push(resolve)));
  send("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  assert.equal(waiting.length, 1);
  waiting[0]!({ status: 200, headers: [], body: "first" });
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(waiting.length, 2);
  waiting[1]!({ status: 200, headers: [], body: "second" });
  await new Promise((resolve) => setImmediate(resolve));
  assert.match(state.written, /first[\s\S]*second$/);
});

test("Connection refuses a long body before it is sent, and one that grows too long in chunks", () => {
  const announced = start();
  announced.send("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n");
  assert.match(announced.state.written, /^HTTP\/1\.1 413 /);
  const grown = start();
  grown.send(`PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n${"a".repeat(101)}`);
  assert.match(grown.state.written, /^HTTP\/1\.1 413 /);
});

test("Connection keeps a user's words inside their header line", () => {
  const { state, send } = start(() => ({ status: 200, headers: ["X-Consul-Reason", "a\r\nSet-Cookie: b"], body: "" }));
  send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  assert.doesNotMatch(state.written, /\r\nSet-Cookie/);
});

test("Connection tells a waiting request that its client has gone", () => {
  let gone = false;
  const { connection, send } = start((request) => {
    request.onClose(() => {
      gone = true;
    });
    return new Promise(() => {});
  });
  send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  connection.close();
  assert.equal(gone, true);
});

test("Connection pauses a client that sends on while it is answered", () => {
  const { state, send } = start(() => new Promise(() => {}));
  send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  send("a".repeat(HEAD_BYTES_MAX + 1));
  assert.equal(state.paused, true);
});
