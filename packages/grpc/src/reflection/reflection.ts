import { type DescFile, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "../call/code.js";
import type { Contract } from "../contract/contract.js";
import { protobufContract } from "../contract/protobuf-contract.js";
import type { Binding } from "../server/handler.js";
import { type ExtensionRequest, ServerReflection, type ServerReflectionRequest } from "./gen/grpc/reflection/v1/reflection_pb.js";
import { ServerReflection as ServerReflectionV1Alpha } from "./gen/grpc/reflection/v1alpha/reflection_pb.js";
import { type Symbols, symbolsOf } from "./symbols.js";

/**
 * gRPC server reflection, v1 and v1alpha, over whatever `contracts` gives when it is
 * asked: protobuf contracts as they are, classes as `classDescriptor` shows them.
 */
export function reflectionBindings(contracts: () => readonly Contract[]): readonly Binding[] {
  const current = remembered(contracts);
  const info = (requests: unknown): AsyncIterable<unknown> =>
    answers(requests as AsyncIterable<ServerReflectionRequest>, contracts, current);
  return [ServerReflection, ServerReflectionV1Alpha].map((desc) => ({
    contract: protobufContract(desc),
    handlers: new Map([["ServerReflectionInfo", info]]),
  }));
}

/** The symbols, worked out again only after the contracts have changed. */
function remembered(contracts: () => readonly Contract[]): () => Symbols {
  let known: readonly Contract[] = [];
  let symbols = symbolsOf(known);
  return () => {
    const now = contracts();
    if (now.length !== known.length || now.some((contract, index) => contract !== known[index])) {
      symbols = symbolsOf(now);
      known = [...now];
    }
    return symbols;
  };
}

/** Answers are left without a type name: both versions have the same fields, and the codec takes what `create` would. */
async function* answers(
  requests: AsyncIterable<ServerReflectionRequest>,
  contracts: () => readonly Contract[],
  symbols: () => Symbols,
): AsyncGenerator<unknown> {
  const sent = new Set<string>();
  for await (const originalRequest of requests) {
    yield {
      validHost: originalRequest.host,
      originalRequest: untyped(originalRequest),
      messageResponse: answer(originalRequest.messageRequest, contracts, symbols(), sent),
    };
  }
}

function untyped({ host, messageRequest }: ServerReflectionRequest): object {
  if (messageRequest.case !== "fileContainingExtension") return { host, messageRequest };
  const { containingType, extensionNumber } = messageRequest.value;
  return { host, messageRequest: { case: messageRequest.case, value: { containingType, extensionNumber } } };
}

function answer(
  request: ServerReflectionRequest["messageRequest"],
  contracts: () => readonly Contract[],
  symbols: Symbols,
  sent: Set<string>,
): object {
  switch (request.case) {
    case "fileByFilename":
      return filesAnswer(symbols.files.get(request.value), `file ${request.value}`, sent);
    case "fileContainingSymbol":
      return filesAnswer(symbols.symbols.get(request.value), `symbol ${request.value}`, sent);
    case "fileContainingExtension":
      return filesAnswer(
        fileOfExtension(symbols, request.value),
        `extension ${request.value.extensionNumber} of ${request.value.containingType}`,
        sent,
      );
    case "allExtensionNumbersOfType":
      return extensionNumbers(symbols, request.value);
    case "listServices": {
      const service = contracts()
        .map(({ name }) => ({ name }))
        .sort((left, right) => (left.name < right.name ? -1 : 1));
      return { case: "listServicesResponse", value: { service } };
    }
    default:
      return failure(Code.INVALID_ARGUMENT, "the request asks for nothing");
  }
}

/** A file with all that it imports, so that the client need not ask again; less what this stream has sent already. */
function filesAnswer(file: DescFile | undefined, what: string, sent: Set<string>): object {
  if (file === undefined) return failure(Code.NOT_FOUND, `${what} is not known here`);
  const list: Uint8Array[] = [];
  const add = (each: DescFile, always: boolean): void => {
    const { name } = each.proto;
    if (sent.has(name) && !always) return;
    sent.add(name);
    list.push(toBinary(FileDescriptorProtoSchema, each.proto));
    for (const dependency of each.dependencies) add(dependency, false);
  };
  add(file, true);
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto: list } };
}

function fileOfExtension({ extensions }: Symbols, { containingType, extensionNumber }: ExtensionRequest): DescFile | undefined {
  return extensions.find(({ extendee, number }) => extendee.typeName === containingType && number === extensionNumber)?.file;
}

function extensionNumbers({ extensions, symbols }: Symbols, baseTypeName: string): object {
  if (!symbols.has(baseTypeName)) return failure(Code.NOT_FOUND, `type ${baseTypeName} is not known here`);
  const extensionNumber = extensions.filter(({ extendee }) => extendee.typeName === baseTypeName).map(({ number }) => number);
  return { case: "allExtensionNumbersResponse", value: { baseTypeName, extensionNumber } };
}

function failure(errorCode: Code, errorMessage: string): object {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
