import { create, createFileRegistry, type DescService } from "@bufbuild/protobuf";
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_struct,
  MethodDescriptorProtoSchema,
  SourceCodeInfo_LocationSchema,
} from "@bufbuild/protobuf/wkt";
import type { Contract, Method } from "../contract/contract.js";

/** Where the described file of a class contract lies; by this a client knows that the service is a class. */
export const CLASS_FILE_PREFIX = "consulrpc/class/";

const VALUE = ".google.protobuf.Value";
/** Numbers of fields in descriptor.proto, of which the paths of comments are made. */
const FILE_SERVICE = 6;
const SERVICE_METHOD = 2;

const described = new WeakMap<Contract, DescService>();

/**
 * A class contract as protobuf can say it: every method takes a google.protobuf.Value,
 * the list of its arguments, and answers with Values: `grpcurl -d '["hi"]' ... example.Echo/echo`.
 * A method whose name is no protobuf identifier cannot be described and is left out.
 */
export function classDescriptor(contract: Contract): DescService {
  let service = described.get(contract);
  if (service === undefined) {
    service = describe(contract);
    described.set(contract, service);
  }
  return service;
}

function describe({ name, methods }: Contract): DescService {
  const dot = name.lastIndexOf(".");
  const shown = methods.filter((method) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(method.name));
  const file = create(FileDescriptorProtoSchema, {
    name: `${CLASS_FILE_PREFIX}${name}.proto`,
    package: name.slice(0, Math.max(0, dot)),
    dependency: ["google/protobuf/struct.proto"],
    service: [{ name: name.slice(dot + 1), method: shown.map(describeMethod) }],
    syntax: "proto3",
    sourceCodeInfo: { location: shown.map((method, index) => comment(method, index)) },
  });
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file_google_protobuf_struct.proto, file] }));
  return registry.getService(name)!;
}

function describeMethod(method: Method): ReturnType<typeof create<typeof MethodDescriptorProtoSchema>> {
  return create(MethodDescriptorProtoSchema, {
    name: method.name,
    inputType: VALUE,
    outputType: VALUE,
    serverStreaming: method.streams === true,
  });
}

function comment(method: Method, index: number): ReturnType<typeof create<typeof SourceCodeInfo_LocationSchema>> {
  const answer = method.streams === true ? "a stream of values" : "its result";
  return create(SourceCodeInfo_LocationSchema, {
    path: [FILE_SERVICE, 0, SERVICE_METHOD, index],
    span: [0, 0, 0],
    leadingComments: ` A method of a TypeScript class. The request is the list of its arguments, the answer ${answer}.\n`,
  });
}
