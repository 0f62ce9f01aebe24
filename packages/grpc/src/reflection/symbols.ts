import type { DescExtension, DescFile, DescMessage, DescService } from "@bufbuild/protobuf";
import type { Contract } from "../contract/contract.js";
import { classDescriptor } from "./class-descriptor.js";

/** The descriptor by which reflection shows a contract. */
export function reflectedService(contract: Contract): DescService {
  return contract.descriptor ?? classDescriptor(contract);
}

/** What reflection can be asked for, over the files of some contracts and all that they import. */
export interface Symbols {
  readonly files: ReadonlyMap<string, DescFile>;
  /** By full name: messages, enums, their values, fields, extensions, services and methods. */
  readonly symbols: ReadonlyMap<string, DescFile>;
  readonly extensions: readonly DescExtension[];
}

export function symbolsOf(contracts: readonly Contract[]): Symbols {
  const files = new Map<string, DescFile>();
  for (const contract of contracts) addFile(files, reflectedService(contract).file);
  const symbols = new Map<string, DescFile>();
  const extensions: DescExtension[] = [];
  for (const file of files.values()) {
    for (const [name] of fileSymbols(file, extensions)) if (!symbols.has(name)) symbols.set(name, file);
  }
  return { files, symbols, extensions };
}

function addFile(files: Map<string, DescFile>, file: DescFile): void {
  if (files.has(file.proto.name)) return;
  files.set(file.proto.name, file);
  for (const dependency of file.dependencies) addFile(files, dependency);
}

function* fileSymbols(file: DescFile, extensions: DescExtension[]): Generator<[string]> {
  for (const service of file.services) {
    yield [service.typeName];
    for (const method of service.methods) yield [`${service.typeName}.${method.name}`];
  }
  for (const message of file.messages) yield* messageSymbols(message, extensions);
  for (const { typeName, values } of file.enums) {
    yield [typeName];
    // A value's scope is the enum's parent, as in C++.
    for (const { name } of values) yield [typeName.replace(/[^.]+$/, name)];
  }
  for (const extension of file.extensions) yield [extension.typeName];
  extensions.push(...file.extensions);
}

function* messageSymbols(message: DescMessage, extensions: DescExtension[]): Generator<[string]> {
  yield [message.typeName];
  for (const { name } of message.fields) yield [`${message.typeName}.${name}`];
  for (const { name } of message.oneofs) yield [`${message.typeName}.${name}`];
  for (const { typeName, values } of message.nestedEnums) {
    yield [typeName];
    for (const { name } of values) yield [`${message.typeName}.${name}`];
  }
  for (const extension of message.nestedExtensions) yield [extension.typeName];
  extensions.push(...message.nestedExtensions);
  for (const nested of message.nestedMessages) yield* messageSymbols(nested, extensions);
}
