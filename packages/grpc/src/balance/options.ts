/**
 * Checks of policy options. They come from code and, as JSON, from the registry:
 * a mistake is refused at construction, and the message names the policy and the field.
 */

export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  /** Refuse `min` itself. */
  readonly exclusive?: boolean;
  readonly integer?: boolean;
}

/** `value`, or `fallback` when it is absent; anything but a number in range throws. */
export function numberOption(field: string, value: unknown, fallback: number, range: NumberRange): number {
  if (value === undefined) return fallback;
  const min = range.min ?? Number.NEGATIVE_INFINITY;
  const max = range.max ?? Number.POSITIVE_INFINITY;
  if (typeof value !== "number" || Number.isNaN(value)) throw new TypeError(`${field} must be a number, got ${shown(value)}`);
  const low = range.exclusive === true ? value <= min : value < min;
  if (low || value > max || (range.integer === true && !Number.isInteger(value))) {
    const kind = range.integer === true ? "an integer" : "a number";
    const lower = range.min === undefined ? "" : ` ${range.exclusive === true ? "above" : "from"} ${min}`;
    const upper = range.max === undefined ? "" : ` up to ${max}`;
    throw new RangeError(`${field} must be ${kind}${lower}${upper}, got ${value}`);
  }
  return value;
}

/** One of `choices`, or `fallback` when absent. */
export function choiceOption<T extends string>(field: string, value: unknown, fallback: T, choices: readonly T[]): T {
  if (value === undefined) return fallback;
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new RangeError(`${field} must be one of ${choices.join(", ")}, got ${shown(value)}`);
  return found;
}

/** A plain object whose every field is known; a mistyped name must not pass for a default. */
export function knownFields(field: string, value: unknown, names: readonly string[]): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw new TypeError(`${field} must be an object, got ${shown(value)}`);
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) {
      const known = names.length === 0 ? "it takes none" : `known are ${names.join(", ")}`;
      throw new TypeError(`${field}.${name} is not an option; ${known}`);
    }
  }
  return value as Readonly<Record<string, unknown>>;
}

/** A value as it stands in an error message. */
export function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
