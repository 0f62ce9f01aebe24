import { setTimeout as sleep } from "node:timers/promises";
import { type Binding, bindProtobuf, Code, Metadata, RpcError, type ServerCall } from "@consulrpc/grpc";
import { type EchoStatus, type ResponseParameters, type StreamingOutputCallRequest, TestService } from "./gen/interop_pb.js";

const ECHO_INITIAL = "x-grpc-test-echo-initial";
const ECHO_TRAILING = "x-grpc-test-echo-trailing-bin";

/** grpc.testing.TestService as the interop descriptions ask; UnimplementedCall is left out on purpose. */
export const testService: Binding = bindProtobuf(TestService, {
  emptyCall: () => ({}),
  unaryCall: ({ responseSize, responseStatus }, call) => {
    echoMetadata(call);
    throwStatus(responseStatus);
    return { payload: { body: new Uint8Array(responseSize) } };
  },
  async *streamingOutputCall({ responseParameters }) {
    for (const parameters of responseParameters) yield await response(parameters);
  },
  async streamingInputCall(requests) {
    let aggregatedPayloadSize = 0;
    for await (const { payload } of requests) aggregatedPayloadSize += payload?.body.length ?? 0;
    return { aggregatedPayloadSize };
  },
  async *fullDuplexCall(requests, call) {
    echoMetadata(call);
    for await (const { responseParameters, responseStatus } of requests) {
      throwStatus(responseStatus);
      for (const parameters of responseParameters) yield await response(parameters);
    }
  },
  async *halfDuplexCall(requests) {
    const all: StreamingOutputCallRequest[] = [];
    for await (const request of requests) all.push(request);
    for (const parameters of all.flatMap(({ responseParameters }) => responseParameters)) yield await response(parameters);
  },
});

async function response({ size, intervalUs }: ResponseParameters): Promise<{ payload: { body: Uint8Array } }> {
  if (intervalUs > 0) await sleep(intervalUs / 1000);
  return { payload: { body: new Uint8Array(size) } };
}

function throwStatus(status: EchoStatus | undefined): void {
  if (status !== undefined && status.code !== Code.OK) throw new RpcError(status.code as Code, status.message);
}

function echoMetadata(call: ServerCall): void {
  const initial = call.metadata.get(ECHO_INITIAL);
  if (initial !== undefined) call.responseHeaders?.set(ECHO_INITIAL, initial);
  const trailing = call.metadata.get(ECHO_TRAILING);
  if (trailing !== undefined) call.responseTrailers?.set(ECHO_TRAILING, trailing);
}

/** What `custom_metadata` sends and expects back. */
export const echoedMetadata = {
  initial: [ECHO_INITIAL, "test_initial_metadata_value"],
  trailing: [ECHO_TRAILING, new Uint8Array([0xab, 0xab, 0xab])],
  request: (): Metadata =>
    new Metadata({ [ECHO_INITIAL]: "test_initial_metadata_value", [ECHO_TRAILING]: new Uint8Array([0xab, 0xab, 0xab]) }),
} as const;
