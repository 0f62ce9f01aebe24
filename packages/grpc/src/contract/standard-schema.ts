import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";

/** The part of the Standard Schema interface (standardschema.dev, version 1) that is used; zod, valibot and arktype have it. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** One schema an argument, by position; undefined lets an argument through unseen. A stream's schema is asked for every item. */
export type ArgumentSchemas = readonly (StandardSchema | undefined)[];

/** What one argument breaks. */
interface Violation {
  readonly field: string;
  readonly description: string;
}

/** Violations that are told; one bad list could have millions. */
const VIOLATIONS_MAX = 100;

/**
 * The arguments as their schemas give them back. Throws INVALID_ARGUMENT with
 * google.rpc.BadRequest in its details. Without an asynchronous schema the result is
 * there at once.
 */
export function validatedArguments(
  path: string,
  schemas: ArgumentSchemas,
  args: readonly unknown[],
  stream?: number,
): unknown[] | Promise<unknown[]> {
  const results = schemas.map((schema, index) =>
    schema === undefined || index === stream ? { value: args[index] } : schema["~standard"].validate(args[index]),
  );
  return results.some((result) => result instanceof Promise)
    ? Promise.all(results).then((settled) => taken(path, settled, args))
    : taken(path, results as SchemaResult<unknown>[], args);
}

function taken(path: string, results: readonly SchemaResult<unknown>[], args: readonly unknown[]): unknown[] {
  const violations = results.flatMap((result, index) => violationsOf(result, `$[${index}]`));
  if (violations.length > 0) throw badRequest(path, violations);
  const validated = results.map((result) => (result as { readonly value: unknown }).value);
  return [...validated, ...args.slice(results.length)];
}

/** A stream whose every item passes the schema. */
export async function* validatedItems(
  path: string,
  schema: StandardSchema,
  position: number,
  items: AsyncIterable<unknown>,
): AsyncGenerator<unknown> {
  let index = 0;
  for await (const item of items) {
    const result = await schema["~standard"].validate(item);
    const violations = violationsOf(result, `$[${position}][${index++}]`);
    if (violations.length > 0) throw badRequest(path, violations);
    yield (result as { readonly value: unknown }).value;
  }
}

function violationsOf(result: SchemaResult<unknown>, root: string): Violation[] {
  return (result.issues ?? []).map(({ message, path }) => ({ field: root + fieldPath(path), description: message }));
}

function fieldPath(path: SchemaIssue["path"]): string {
  return (path ?? [])
    .map((part) => (typeof part === "object" ? part.key : part))
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("");
}

function badRequest(path: string, violations: readonly Violation[]): RpcError {
  const told = violations.slice(0, VIOLATIONS_MAX);
  const words = told.map(({ field, description }) => `${field}: ${description}`).join("; ");
  return new RpcError(Code.INVALID_ARGUMENT, `${path}: ${words}`, {
    details: [{ $typeName: "google.protobuf.Any", typeUrl: "type.googleapis.com/google.rpc.BadRequest", value: encodeBadRequest(told) }],
  });
}

/** google/rpc/error_details.proto: BadRequest { repeated FieldViolation field_violations = 1 }, FieldViolation { string field = 1; string description = 2 }. */
function encodeBadRequest(violations: readonly Violation[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const { field, description } of violations) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(field);
    writer.tag(2, WireType.LengthDelimited).string(description);
    writer.join();
  }
  return writer.finish();
}
