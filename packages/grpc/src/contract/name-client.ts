import { create, type FileRegistry, fromJson, type JsonValue, type Message, toJson } from "@bufbuild/protobuf";
import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import type { Caller, CallOptions } from "../client/caller.js";
import { CLASS_FILE_PREFIX } from "../reflection/class-descriptor.js";
import { type ReflectedService, reflectService } from "../reflection/reflect-service.js";
import { isAsyncIterable } from "./bind-class.js";
import { ClassCallStarter } from "./class-call.js";
import { type ClassCodecName, checkedContractName, classMethods } from "./class-contract.js";
import { isCallableName } from "./class-methods.js";
import type { Method } from "./contract.js";
import { type CallStarter, LateCall, onlyItem } from "./late-call.js";
import { protobufContract } from "./protobuf-contract.js";

/** What a call by name answers with. */
export interface Reply<T = unknown> {
  readonly reply: T;
}

/** A call by name: await it for its one answer, or iterate over its answers. */
export type NamedCall<T = unknown> = Promise<Reply<T>> & AsyncIterable<Reply<T>>;

/** Calls services of which it knows only the names. */
export interface NameClient {
  /**
   * Calls "example.Echo/echo", or "example.Echo" where the contract has a single
   * method. Classes take the method's arguments. Protobuf methods take the request
   * message, or an AsyncIterable of requests, with fields left out as `create` allows.
   */
  call<T = unknown>(path: string, ...args: readonly unknown[]): NamedCall<T>;
  /** The same with call options. */
  with(options: CallOptions): NameClient;
}

export interface NameClientOptions {
  /** How arguments of classes are encoded. @default "msgpack" */
  readonly codec?: ClassCodecName;
  /** Messages of protobuf services are given and answered in protobuf's JSON form: for tools. @default false */
  readonly json?: boolean;
  /** Options of every call. */
  readonly call?: CallOptions;
}

/** Services whose reflection is remembered; beyond, the ones asked for longest ago are asked for again. */
const SERVICES_REMEMBERED_MAX = 1_000;

/** `callerOf` gives the caller for a service. What a service is, is asked of its reflection once. */
export function nameClient(callerOf: (service: string) => Caller, options: NameClientOptions = {}): NameClient {
  return clientWith(new Services(callerOf), callerOf, options);
}

function clientWith(services: Services, callerOf: (service: string) => Caller, options: NameClientOptions): NameClient {
  return {
    call<T>(path: string, ...args: readonly unknown[]) {
      const { service, method } = parsedPath(path);
      const starter = services.of(service).then((reflected) => starterOf(callerOf(service), service, method, reflected, args, options));
      // Whoever uses the call sees the error; one that nobody uses must not end the process.
      starter.catch(() => {});
      return new LateCall<Reply<T>>(new NamedStarter(starter) as CallStarter<Reply<T>>);
    },
    with: (more) => clientWith(services, callerOf, { ...options, call: { ...options.call, ...more } }),
  };
}

function parsedPath(path: string): { service: string; method: string | undefined } {
  const [service = "", method, ...rest] = path.replace(/^\//, "").split("/");
  if (rest.length > 0 || method === "") throw new TypeError(`${JSON.stringify(path)} is no "service/method" and no "service"`);
  return { service: checkedContractName(service), method };
}

/** Answers of a call whose service has to be asked for first. */
class NamedStarter implements CallStarter<Reply> {
  private readonly starter: Promise<CallStarter<unknown>>;

  constructor(starter: Promise<CallStarter<unknown>>) {
    this.starter = starter;
  }

  async one(): Promise<Reply> {
    return { reply: await (await this.starter).one() };
  }

  async *many(): AsyncGenerator<Reply> {
    for await (const reply of (await this.starter).many()) yield { reply };
  }
}

/** What reflection said, by service; undefined where a server has no reflection. */
class Services {
  private readonly callerOf: (service: string) => Caller;
  private readonly known = new Map<string, Promise<ReflectedService | undefined>>();

  constructor(callerOf: (service: string) => Caller) {
    this.callerOf = callerOf;
  }

  of(service: string): Promise<ReflectedService | undefined> {
    let asked = this.known.get(service);
    if (asked === undefined) {
      asked = reflectService(this.callerOf(service), service).catch((error: unknown) => {
        if (error instanceof RpcError && error.code === Code.UNIMPLEMENTED) return undefined;
        this.known.delete(service);
        throw error;
      });
      const [oldest] = this.known.keys();
      if (this.known.size >= SERVICES_REMEMBERED_MAX && oldest !== undefined) this.known.delete(oldest);
      this.known.set(service, asked);
    }
    return asked;
  }
}

function starterOf(
  caller: Caller,
  service: string,
  wanted: string | undefined,
  reflected: ReflectedService | undefined,
  args: readonly unknown[],
  options: NameClientOptions,
): CallStarter<unknown> {
  if (reflected === undefined || reflected.service.file.proto.name.startsWith(CLASS_FILE_PREFIX)) {
    const name =
      wanted ??
      onlyMethod(
        service,
        reflected?.service.methods.map(({ name }) => name),
      );
    if (!isCallableName(name)) throw new RpcError(Code.UNIMPLEMENTED, `${service} has no method ${JSON.stringify(name)}`);
    return new ClassCallStarter(caller, classMethods(service, name, options.codec ?? "msgpack"), args, options.call);
  }
  const { methods } = protobufContract(reflected.service);
  const name =
    wanted ??
    onlyMethod(
      service,
      methods.map((method) => method.name),
    );
  const method = methods.find((each) => each.name === name || each.localName === name);
  if (method === undefined) {
    throw new RpcError(
      Code.UNIMPLEMENTED,
      `${service} has no method ${JSON.stringify(name)}; it has ${methods.map((each) => each.name).join(", ")}`,
    );
  }
  return new ProtobufStarter(caller, method, reflected, args, options);
}

function onlyMethod(service: string, names: readonly string[] | undefined): string {
  if (names === undefined)
    throw new RpcError(Code.INVALID_ARGUMENT, `${service} has no reflection: say which method, as in "${service}/method"`);
  const [only, ...others] = names;
  if (only === undefined || others.length > 0) {
    throw new RpcError(
      Code.INVALID_ARGUMENT,
      `${service} has ${names.length} methods: say which, as in "${service}/${only ?? "method"}"; it has ${names.join(", ")}`,
    );
  }
  return only;
}

/** A call of a protobuf method, whose kind is known. */
class ProtobufStarter implements CallStarter<unknown> {
  private readonly caller: Caller;
  private readonly method: Method;
  private readonly reflected: ReflectedService;
  private readonly args: readonly unknown[];
  private readonly options: NameClientOptions;

  constructor(caller: Caller, method: Method, reflected: ReflectedService, args: readonly unknown[], options: NameClientOptions) {
    this.caller = caller;
    this.method = method;
    this.reflected = reflected;
    this.args = args;
    this.options = options;
  }

  async one(): Promise<unknown> {
    const { caller, method } = this;
    switch (method.kind) {
      case "unary":
        return this.answer(await caller.unary(method, this.request(this.args[0]), this.options.call));
      case "client-streaming":
        return this.answer(await caller.clientStreaming(method, this.requests(), this.options.call));
      default:
        return onlyItem(this.many());
    }
  }

  async *many(): AsyncGenerator<unknown> {
    const { caller, method } = this;
    switch (method.kind) {
      case "server-streaming":
        for await (const message of caller.serverStreaming(method, this.request(this.args[0]), this.options.call))
          yield this.answer(message);
        return;
      case "bidi":
        for await (const message of caller.bidi(method, this.requests(), this.options.call)) yield this.answer(message);
        return;
      default:
        yield await this.one();
    }
  }

  private request(given: unknown): Message {
    const { input } = this.description();
    if (this.options.json !== true) return create(input, (given ?? {}) as Record<string, unknown>);
    return fromJson(input, (given ?? {}) as JsonValue, { registry: this.reflected.registry });
  }

  /** A stream of requests, or the arguments one after the other. */
  private async *requests(): AsyncGenerator<Message> {
    const [first] = this.args;
    for await (const given of isAsyncIterable(first) ? first : this.args) yield this.request(given);
  }

  private answer(message: unknown): unknown {
    if (this.options.json !== true) return message;
    return toJson(this.description().output, message as Message, { registry: this.reflected.registry as FileRegistry });
  }

  private description(): ReflectedService["service"]["methods"][number] {
    return this.reflected.service.methods.find(({ name }) => name === this.method.name)!;
  }
}
