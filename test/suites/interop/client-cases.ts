import assert from "node:assert/strict";
import { ReadableStream, type ReadableStreamDefaultController } from "node:stream/web";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Channel, Code, createClient, type Metadata, RpcError } from "@consulrpc/grpc";
import {
  type StreamingInputCallRequestSchema,
  type StreamingOutputCallRequestSchema,
  TestService,
  UnimplementedService,
} from "./gen/interop_pb.js";
import { echoedMetadata } from "./test-service.js";

type OutputRequest = MessageInitShape<typeof StreamingOutputCallRequestSchema>;
type InputRequest = MessageInitShape<typeof StreamingInputCallRequestSchema>;

const REQUEST_SIZES = [27182, 8, 1828, 45904];
const RESPONSE_SIZES = [31415, 9, 2653, 58979];

/** The client's side of grpc/doc/interop-test-descriptions.md, by its names. */
export const clientCases: Readonly<Record<string, (channel: Channel) => Promise<void>>> = {
  async empty_unary(channel) {
    assert.equal((await createClient(TestService, channel).emptyCall({})).$typeName, "grpc.testing.Empty");
  },

  async large_unary(channel) {
    const { payload } = await createClient(TestService, channel).unaryCall({ responseSize: 314159, payload: zeros(271828) });
    assert.equal(payload?.body.length, 314159);
  },

  async client_streaming(channel) {
    const requests = REQUEST_SIZES.map((size) => ({ payload: zeros(size) }));
    const { aggregatedPayloadSize } = await createClient(TestService, channel).streamingInputCall(each(requests));
    assert.equal(aggregatedPayloadSize, 74922);
  },

  async server_streaming(channel) {
    const responseParameters = RESPONSE_SIZES.map((size) => ({ size }));
    const sizes: (number | undefined)[] = [];
    for await (const { payload } of createClient(TestService, channel).streamingOutputCall({ responseParameters }))
      sizes.push(payload?.body.length);
    assert.deepEqual(sizes, RESPONSE_SIZES);
  },

  async ping_pong(channel) {
    const turns = new Turns<OutputRequest>();
    const responses = createClient(TestService, channel).fullDuplexCall(turns.requests)[Symbol.asyncIterator]();
    for (const [index, size] of RESPONSE_SIZES.entries()) {
      turns.send({ responseParameters: [{ size }], payload: zeros(REQUEST_SIZES[index] ?? 0) });
      assert.equal((await responses.next()).value?.payload?.body.length, size);
    }
    turns.end();
    assert.equal((await responses.next()).done, true);
  },

  async empty_stream(channel) {
    for await (const response of createClient(TestService, channel).fullDuplexCall(each([])))
      assert.fail(`an answer: ${JSON.stringify(response)}`);
  },

  async timeout_on_sleeping_server(channel) {
    const turns = new Turns<OutputRequest>();
    const responses = createClient(TestService, channel).fullDuplexCall(turns.requests, { timeoutMs: 1 });
    turns.send({ payload: zeros(27182) });
    await rejectsWith(Code.DEADLINE_EXCEEDED, responses[Symbol.asyncIterator]().next());
  },

  async cancel_after_begin(channel) {
    const cancel = new AbortController();
    const turns = new Turns<InputRequest>();
    const response = createClient(TestService, channel).streamingInputCall(turns.requests, { signal: cancel.signal });
    cancel.abort();
    await rejectsWith(Code.CANCELLED, response);
  },

  async cancel_after_first_response(channel) {
    const cancel = new AbortController();
    const turns = new Turns<OutputRequest>();
    const responses = createClient(TestService, channel).fullDuplexCall(turns.requests, { signal: cancel.signal })[Symbol.asyncIterator]();
    turns.send({ responseParameters: [{ size: 31415 }], payload: zeros(27182) });
    assert.equal((await responses.next()).value?.payload?.body.length, 31415);
    cancel.abort();
    await rejectsWith(Code.CANCELLED, responses.next());
  },

  async status_code_and_message(channel) {
    await statusComesBack(channel, "test status message");
  },

  async special_status_message(channel) {
    await statusComesBack(channel, "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n");
  },

  async custom_metadata(channel) {
    const client = createClient(TestService, channel);
    const unary = seen();
    await client.unaryCall({ responseSize: 314159, payload: zeros(271828) }, { metadata: echoedMetadata.request(), ...unary.options });
    unary.check();
    const stream = seen();
    const requests = each([{ responseParameters: [{ size: 314159 }], payload: zeros(271828) }]);
    for await (const _ of client.fullDuplexCall(requests, { metadata: echoedMetadata.request(), ...stream.options }));
    stream.check();
  },

  async unimplemented_method(channel) {
    await rejectsWith(Code.UNIMPLEMENTED, createClient(TestService, channel).unimplementedCall({}));
  },

  async unimplemented_service(channel) {
    await rejectsWith(Code.UNIMPLEMENTED, createClient(UnimplementedService, channel).unimplementedCall({}));
  },
};

function zeros(length: number): { body: Uint8Array } {
  return { body: new Uint8Array(length) };
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function rejectsWith(code: Code, call: Promise<unknown>): Promise<RpcError> {
  const error = await call.then(
    () => assert.fail("it was answered"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof RpcError, String(error));
  assert.equal(error.code, code, error.message);
  return error;
}

async function statusComesBack(channel: Channel, message: string): Promise<void> {
  const client = createClient(TestService, channel);
  const responseStatus = { code: Code.UNKNOWN, message };
  assert.equal((await rejectsWith(Code.UNKNOWN, client.unaryCall({ responseStatus }))).rawMessage, message);
  const responses = client.fullDuplexCall(each([{ responseStatus }]));
  assert.equal((await rejectsWith(Code.UNKNOWN, responses[Symbol.asyncIterator]().next())).rawMessage, message);
}

/** Watches for the metadata that the server sends back. */
function seen() {
  const [initialName, initialValue] = echoedMetadata.initial;
  const [trailingName, trailingValue] = echoedMetadata.trailing;
  let headers: Metadata | undefined;
  let trailers: Metadata | undefined;
  return {
    options: {
      onHeaders: (metadata: Metadata): void => {
        headers = metadata;
      },
      onTrailers: (metadata: Metadata): void => {
        trailers = metadata;
      },
    },
    check: (): void => {
      assert.equal(headers?.get(initialName), initialValue);
      assert.deepEqual(new Uint8Array(trailers?.get(trailingName) as Uint8Array), trailingValue);
    },
  };
}

/** Requests of a stream, sent when the case says so. */
class Turns<T> {
  readonly requests: ReadableStream<T>;
  private controller: ReadableStreamDefaultController<T> | undefined;

  constructor() {
    this.requests = new ReadableStream<T>({
      start: (controller) => {
        this.controller = controller;
      },
    });
  }

  send(request: T): void {
    this.controller?.enqueue(request);
  }

  end(): void {
    this.controller?.close();
  }
}
