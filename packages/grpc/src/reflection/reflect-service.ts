import { create, createFileRegistry, type DescService, type FileRegistry, fromBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import type { Caller, CallOptions } from "../client/caller.js";
import { protobufContract } from "../contract/protobuf-contract.js";
import { ServerReflection, type ServerReflectionResponse } from "./gen/grpc/reflection/v1/reflection_pb.js";
import { ServerReflection as ServerReflectionV1Alpha } from "./gen/grpc/reflection/v1alpha/reflection_pb.js";

/** Files that one service may bring; a server that sends more is not believed. */
const FILES_MAX = 10_000;

/** What a server's reflection says of a service. */
export interface ReflectedService {
  readonly service: DescService;
  /** Every type the server sent with it, for Any and extensions. */
  readonly registry: FileRegistry;
}

/**
 * Asks a server for the descriptor of `serviceName`, by reflection v1, else v1alpha.
 * Rejects with NOT_FOUND when it does not know the service, and with UNIMPLEMENTED
 * when it has no reflection.
 */
export async function reflectService(caller: Caller, serviceName: string, options?: CallOptions): Promise<ReflectedService> {
  try {
    return await reflectBy(ServerReflection, caller, serviceName, options);
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== Code.UNIMPLEMENTED) throw error;
    return reflectBy(ServerReflectionV1Alpha, caller, serviceName, options);
  }
}

async function reflectBy(
  desc: DescService,
  caller: Caller,
  serviceName: string,
  options: CallOptions | undefined,
): Promise<ReflectedService> {
  const conversation = new Conversation(desc, caller, options);
  try {
    await conversation.ask({ case: "fileContainingSymbol", value: serviceName });
    for (let missing = conversation.missing(); missing !== undefined; missing = conversation.missing()) {
      await conversation.ask({ case: "fileByFilename", value: missing });
    }
  } finally {
    await conversation.end();
  }
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: conversation.inOrder() }));
  const service = registry.getService(serviceName);
  if (service === undefined) throw new RpcError(Code.NOT_FOUND, `the server's reflection sent files, but no service ${serviceName}`);
  return { service, registry };
}

/** One reflection stream: a question, then its answer. */
class Conversation {
  private readonly files = new Map<string, FileDescriptorProto>();
  private readonly answers: AsyncIterator<unknown>;
  private readonly questions = new Questions();

  constructor(desc: DescService, caller: Caller, options: CallOptions | undefined) {
    const method = protobufContract(desc).methods[0]!;
    this.answers = caller.bidi(method, this.questions, options)[Symbol.asyncIterator]();
  }

  async ask(messageRequest: { case: string; value: string }): Promise<void> {
    this.questions.add({ messageRequest });
    const { value, done } = await this.answers.next();
    if (done === true) throw new RpcError(Code.INTERNAL, "the server's reflection ended without an answer");
    const { messageResponse } = value as ServerReflectionResponse;
    if (messageResponse.case === "errorResponse") {
      const { errorCode, errorMessage } = messageResponse.value;
      throw new RpcError((errorCode || Code.UNKNOWN) as Code, `reflection: ${errorMessage}`, { fromPeer: true });
    }
    if (messageResponse.case !== "fileDescriptorResponse")
      throw new RpcError(Code.INTERNAL, `reflection answered with ${messageResponse.case}`);
    const before = this.files.size;
    for (const bytes of messageResponse.value.fileDescriptorProto) {
      const file = fromBinary(FileDescriptorProtoSchema, bytes);
      this.files.set(file.name, file);
    }
    if (this.files.size === before) throw new RpcError(Code.INTERNAL, `reflection sent nothing new for ${messageRequest.value}`);
    if (this.files.size > FILES_MAX) throw new RpcError(Code.RESOURCE_EXHAUSTED, `reflection sent more than ${FILES_MAX} files`);
  }

  /** An import that has not come yet: some servers send one file at a time. */
  missing(): string | undefined {
    for (const file of this.files.values()) {
      for (const dependency of file.dependency) if (!this.files.has(dependency)) return dependency;
    }
    return undefined;
  }

  /** Files after those that they import, as a registry wants them. */
  inOrder(): FileDescriptorProto[] {
    const ordered = new Set<FileDescriptorProto>();
    const visiting = new Set<string>();
    const visit = (name: string): void => {
      const file = this.files.get(name);
      if (file === undefined || visiting.has(name)) return;
      visiting.add(name);
      for (const dependency of file.dependency) visit(dependency);
      ordered.add(file);
    };
    for (const name of this.files.keys()) visit(name);
    return [...ordered];
  }

  async end(): Promise<void> {
    this.questions.end();
    await this.answers.return?.();
  }
}

/** Requests that are made one after the other. */
class Questions implements AsyncIterable<unknown> {
  private readonly waiting: unknown[] = [];
  private ended = false;
  private wake: (() => void) | undefined;

  add(question: unknown): void {
    this.waiting.push(question);
    this.wake?.();
  }

  end(): void {
    this.ended = true;
    this.wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    for (;;) {
      while (this.waiting.length > 0) yield this.waiting.shift();
      if (this.ended) return;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}
