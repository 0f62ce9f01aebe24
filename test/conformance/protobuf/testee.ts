// Speaks protobuf's conformance protocol on stdin and stdout (conformance/conformance.proto): a length of four bytes, then a message, both ways.
import { readSync, writeSync } from "node:fs";
import { create, createRegistry, type FileRegistry, fromJsonString, type Message, toBinary, toJsonString } from "@bufbuild/protobuf";
import { type Codec, protobufCodec } from "@consulrpc/grpc";
import { loadProto } from "@consulrpc/grpc/proto";
import { ByteSink } from "@consulrpc/http2";
import { conformanceProtos } from "./protos.js";

/** WireFormat and TestCategory of conformance.proto. */
const PROTOBUF = 1;
const JSON_FORMAT = 2;
const JSON_IGNORE_UNKNOWN = 3;

interface Request extends Message {
  readonly payload: { readonly case: string | undefined; readonly value: Uint8Array & string };
  readonly requestedOutputFormat: number;
  readonly messageType: string;
  readonly testCategory: number;
}

const build = process.argv[2] === "closures" ? "closures" : "source";
const registry: FileRegistry = await loadProto(conformanceProtos.files, { folders: [conformanceProtos.folder] });
const requests = registry.getMessage("conformance.ConformanceRequest")!;
const responses = registry.getMessage("conformance.ConformanceResponse")!;
const request = protobufCodec(requests);
const types = createRegistry(registry);

for (let bytes = readMessage(); bytes !== undefined; bytes = readMessage()) {
  const result = answer(request.decode(bytes, 0, bytes.length) as unknown as Request);
  const response = Buffer.from(toBinary(responses, create(responses, { result })));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(response.length);
  writeAll(Buffer.concat([length, response]));
}

function answer({ payload, requestedOutputFormat, messageType, testCategory }: Request): object {
  const desc = registry.getMessage(messageType);
  if (desc === undefined) return { case: "skipped", value: `unknown type ${messageType}` };
  const binary = protobufCodec(desc, { build });
  let message: Message;
  try {
    if (payload.case === "protobufPayload") message = decode(binary, payload.value);
    else if (payload.case === "jsonPayload")
      message = fromJsonString(desc, payload.value, { registry: types, ignoreUnknownFields: testCategory === JSON_IGNORE_UNKNOWN });
    else return { case: "skipped", value: `payload ${payload.case}` };
  } catch (error) {
    return { case: "parseError", value: (error as Error).message };
  }
  try {
    if (requestedOutputFormat === PROTOBUF) return { case: "protobufPayload", value: encode(binary, message) };
    if (requestedOutputFormat === JSON_FORMAT) return { case: "jsonPayload", value: toJsonString(desc, message, { registry: types }) };
    return { case: "skipped", value: `output format ${requestedOutputFormat}` };
  } catch (error) {
    return { case: "serializeError", value: (error as Error).message };
  }
}

function decode(codec: Codec<Message>, bytes: Uint8Array): Message {
  const buffer = Buffer.from(bytes);
  const message = codec.decode(buffer, 0, buffer.length);
  buffer.fill(0xff);
  return message;
}

function encode(codec: Codec<Message>, message: Message): Uint8Array {
  const sink = new ByteSink(16);
  codec.encode(message, sink);
  return sink.bytes.subarray(0, sink.position);
}

function readMessage(): Buffer | undefined {
  const length = readExactly(4);
  return length && readExactly(length.readUInt32LE());
}

function readExactly(count: number): Buffer | undefined {
  const bytes = Buffer.alloc(count);
  for (let at = 0; at < count; ) {
    const read = readSync(0, bytes, at, count - at, null);
    if (read === 0) return undefined;
    at += read;
  }
  return bytes;
}

function writeAll(bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}
