import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import type { Binding, Handler } from "../server/handler.js";
import { checkedContractName, classMethod } from "./class-contract.js";
import { callableMethods } from "./class-methods.js";
import { parseRequest } from "./class-request.js";
import type { Method } from "./contract.js";
import { type ArgumentSchemas, validatedArguments, validatedItems } from "./standard-schema.js";

export interface BindClassOptions {
  /** The only methods to serve. @default every callable method of the object */
  readonly methods?: readonly string[];
  /** By method, a schema for each argument: what fails is INVALID_ARGUMENT with google.rpc.BadRequest. @default none: arguments come as the peer sent them */
  readonly schemas?: Readonly<Record<string, ArgumentSchemas>>;
}

/**
 * The contract and the handlers of an object's methods, taken once: what is added
 * to the object later cannot be called. `this` is the object.
 */
export function bindClass(name: string, object: object, options: BindClassOptions = {}): Binding {
  checkedContractName(name);
  const callable = callableMethods(object);
  for (const wanted of options.methods ?? []) {
    if (!callable.has(wanted))
      throw new TypeError(
        `${name}: there is no callable method ${JSON.stringify(wanted)}; found ${[...callable.keys()].join(", ") || "none"}`,
      );
  }
  const methods: Method[] = [];
  const handlers = new Map<string, Handler>();
  for (const [methodName, implementation] of callable) {
    if (options.methods !== undefined && !options.methods.includes(methodName)) continue;
    const method: Method = { ...classMethod(name, methodName, "any"), streams: isGeneratorFunction(implementation) };
    methods.push(method);
    handlers.set(methodName, classHandler(method, object, implementation, ownSchemas(options.schemas, methodName)));
  }
  if (methods.length === 0) throw new TypeError(`${name}: the object has no method that can be called`);
  return { contract: { name, methods }, handlers };
}

function ownSchemas(schemas: BindClassOptions["schemas"], methodName: string): ArgumentSchemas | undefined {
  return schemas !== undefined && Object.hasOwn(schemas, methodName) ? schemas[methodName] : undefined;
}

function classHandler(
  method: Method,
  object: object,
  implementation: (...args: unknown[]) => unknown,
  schemas: ArgumentSchemas | undefined,
): Handler {
  const called = (args: readonly unknown[]): unknown => streamed(implementation.apply(object, args as unknown[]));
  const answer = (args: readonly unknown[], stream?: number): unknown => {
    if (schemas === undefined) return called(args);
    const validated = validatedArguments(method.path, schemas, args, stream);
    return validated instanceof Promise ? validated.then(called) : called(validated);
  };
  return (request) => {
    if (isAsyncIterable(request)) return openedByStream(method, request, schemas, answer);
    const args = parseRequest(method.path, request);
    if (!Array.isArray(args)) throw new RpcError(Code.INVALID_ARGUMENT, `${method.path}: a stream was announced, but the call has ended`);
    return answer(args);
  };
}

/** The first message holds the other arguments; what follows it is the stream. */
async function openedByStream(
  method: Method,
  requests: AsyncIterable<unknown>,
  schemas: ArgumentSchemas | undefined,
  answer: (args: readonly unknown[], stream?: number) => unknown,
): Promise<unknown> {
  const items = requests[Symbol.asyncIterator]();
  const first = await items.next();
  const request = parseRequest(method.path, first.done === true ? undefined : first.value);
  if (Array.isArray(request)) return answer(request);
  const opening = request as Exclude<typeof request, readonly unknown[]>;
  const args = opening.arguments.slice();
  const stream: AsyncIterable<unknown> = { [Symbol.asyncIterator]: () => items };
  const schema = schemas?.[opening.stream];
  args[opening.stream] = schema === undefined ? stream : validatedItems(method.path, schema, opening.stream, stream);
  return answer(args, opening.stream);
}

/** A generator's items are streamed as an async generator's are. Other iterables (lists, maps, strings) are values. */
function streamed(result: unknown): unknown {
  return isGenerator(result) ? toAsync(result) : result;
}

async function* toAsync(items: Iterable<unknown>): AsyncGenerator<unknown> {
  yield* items;
}

function isGenerator(value: unknown): value is Generator {
  return typeof value === "object" && value !== null && Object.prototype.toString.call(value) === "[object Generator]";
}

function isGeneratorFunction(value: unknown): boolean {
  return /GeneratorFunction\]$/.test(Object.prototype.toString.call(value));
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === "function"
  );
}
