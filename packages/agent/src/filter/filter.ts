/**
 * `?filter=`: go-bexpr's expressions over the rows of an answer. Compile once per request, ask once per row.
 *
 * Regular expressions are RE2's, in linear time: what a client sends cannot stall the agent.
 */
import type { Expression, Match } from "./expression.js";
import type { Field, Fields } from "./field.js";
import { parseGoBoolean, parseGoInteger } from "./go-literal.js";
import { parseExpression } from "./parse-expression.js";
import { compilePattern } from "./pattern.js";

export interface Filter {
  /** Whether the row passes: an object in the shape that Consul prints, where an absent field counts as its type's zero value. */
  matches(row: unknown): boolean;
}

/** Longest expression. Consul's own bound is that of a request line. */
export const EXPRESSION_CHARACTERS_MAX: number = 32 * 1024;

/** The request's fault: the message is what Consul answers. */
export class FilterError extends Error {
  override readonly name = "FilterError";
}

const PREFIX = "Failed to create boolean expression evaluator: ";

/** @throws FilterError when the expression does not parse, or names or compares what `fields` does not have */
export function compileFilter(expression: string, fields: Fields): Filter {
  return guarded(PREFIX, () => ({ matches: compile(parse(expression), fields) }));
}

/** As compileFilter, but looks at the fields only when the first row comes: how `/v1/agent/checks` does it, seen in its errors. */
export function compileFilterLazily(expression: string, fields: Fields): Filter {
  const parsed = guarded(PREFIX, () => parse(expression));
  let compiled: Predicate | undefined;
  return {
    matches(row) {
      compiled ??= guarded("", () => compile(parsed, fields));
      return compiled(row);
    },
  };
}

type Predicate = (value: unknown) => boolean;

function guarded<T>(prefix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError || error instanceof FilterError) {
      throw new FilterError(`${prefix}${error.message}`, { cause: error });
    }
    throw error;
  }
}

function parse(expression: string): Expression {
  if (expression.length > EXPRESSION_CHARACTERS_MAX) {
    throw new FilterError(`Expression with length ${expression.length} exceeds maximum length of ${EXPRESSION_CHARACTERS_MAX}`);
  }
  return parseExpression(expression);
}

function compile(expression: Expression, fields: Fields): Predicate {
  switch (expression.kind) {
    case "not": {
      const operand = compile(expression.operand, fields);
      return (row) => !operand(row);
    }
    case "and":
    case "or": {
      const left = compile(expression.left, fields);
      const right = compile(expression.right, fields);
      return expression.kind === "and" ? (row) => left(row) && right(row) : (row) => left(row) || right(row);
    }
    case "match":
      return compileMatch(expression, { struct: fields });
  }
}

function compileMatch(match: Match, root: Field): Predicate {
  const field = fieldAt(match, root);
  const operation = compileOperation(match, field);
  return compilePath(match, 0, root, operation);
}

/** The field that the selector ends in. Lists are looked through: a condition on their elements means "any of them". */
function fieldAt(match: Match, root: Field): Field {
  let field = root;
  for (const [index, name] of match.selector.entries()) {
    while (typeof field === "object" && "list" in field) field = field.list;
    const next = typeof field === "string" ? undefined : "map" in field ? field.map : own((field as { struct: Fields }).struct, name);
    if (next === undefined) throw new FilterError(`Selector ${quote(match.selector.slice(0, index + 1).join("."))} is not valid`);
    field = next;
  }
  return field;
}

function own(fields: Fields, name: string): Field | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** Walks down to the selected value. What a map lacks equals nothing, contains nothing and is empty, as in go-bexpr. */
function compilePath(match: Match, depth: number, field: Field, operation: Predicate): Predicate {
  const name = match.selector[depth];
  if (name === undefined) return operation;
  if (typeof field === "string") throw new FilterError(`Selector ${quote(match.selector.join("."))} is not valid`);
  if ("list" in field) {
    const element = compilePath(match, depth, field.list, operation);
    return (value) => asList(value).some((item) => element(item));
  }
  if ("struct" in field) {
    const inner = compilePath(match, depth + 1, field.struct[name]!, operation);
    return (value) => inner(asObject(value)?.[name]);
  }
  const inner = compilePath(match, depth + 1, field.map, operation);
  const absent = !["Equal", "Is Not Empty", "In"].includes(match.operator);
  return (value) => {
    const map = asObject(value);
    return map !== undefined && Object.hasOwn(map, name) ? inner(map[name]) : absent;
  };
}

const SCALAR = ["Equal", "Not Equal"];
const TEXT = [...SCALAR, "In", "Not In", "Matches", "Not Matches"];
const EMPTINESS = ["Is Empty", "Is Not Empty"];
const CONTAINER = ["In", "Not In", ...EMPTINESS];

function operatorsOf(field: Field): readonly string[] {
  if (field === "string") return TEXT;
  if (typeof field === "string") return SCALAR;
  if ("struct" in field) return [];
  if ("map" in field || typeof field.list === "string") return CONTAINER;
  return EMPTINESS;
}

function compileOperation(match: Match, field: Field): Predicate {
  const { operator, value = "" } = match;
  if (!operatorsOf(field).includes(operator)) {
    throw new FilterError(`Invalid match operator ${quote(operator)} for selector ${quote(match.selector.join("."))}`);
  }
  const wanted = coerce(match, field);
  switch (operator) {
    case "Equal":
      return equals(field, wanted);
    case "Not Equal":
      return negated(equals(field, wanted));
    case "In":
      return contains(field, wanted);
    case "Not In":
      return negated(contains(field, wanted));
    case "Is Empty":
      return isEmpty;
    case "Is Not Empty":
      return negated(isEmpty);
    case "Matches":
      return pattern(value);
    case "Not Matches":
      return negated(pattern(value));
  }
}

const negated =
  (predicate: Predicate): Predicate =>
  (value) =>
    !predicate(value);

const isEmpty: Predicate = (value) => (Array.isArray(value) ? value.length === 0 : Object.keys(asObject(value) ?? {}).length === 0);

function equals(field: Field, wanted: string | number | boolean): Predicate {
  const zero = field === "integer" ? 0 : field === "boolean" ? false : "";
  return (value) => (value ?? zero) === wanted;
}

function contains(field: Field, wanted: string | number | boolean): Predicate {
  if (field === "string") return (value) => String(value ?? "").includes(String(wanted));
  if (typeof field === "object" && "list" in field) return (value) => asList(value).includes(wanted);
  return (value) => Object.hasOwn(asObject(value) ?? {}, String(wanted));
}

function pattern(source: string): Predicate {
  const compiled = compilePattern(source);
  if ("error" in compiled) throw new FilterError(`Failed to compile regular expression ${quote(source)}: ${compiled.error}`);
  return (value) => compiled.test(String(value ?? ""));
}

function coerce(match: Match, field: Field): string | number | boolean {
  const { value = "", operator } = match;
  if (EMPTINESS.includes(operator)) return "";
  const scalar = typeof field === "object" && "list" in field ? field.list : field;
  if (scalar !== "integer" && scalar !== "boolean") return value;
  const parsed = scalar === "integer" ? parseGoInteger(value) : parseGoBoolean(value);
  if ("error" in parsed) {
    throw new FilterError(`Failed to coerce value ${quote(value)} for selector ${quote(match.selector.join("."))}: ${parsed.error}`);
  }
  return typeof parsed.value === "bigint" ? Number(parsed.value) : parsed.value;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

const quote = (text: string): string => JSON.stringify(text);
