/**
 * The few parsing expressions that the filter grammar needs (Ford, "Parsing Expression Grammars", 2004), with the one property
 * that error texts hang on: what was expected at the furthest position that any attempt reached.
 *
 * Rules are remembered per position, so that the grammar's many retries cost linear time instead of exponential.
 */
export const FAIL: unique symbol = Symbol("no match");
export type Fail = typeof FAIL;

/** Deepest nesting of rules; deeper input is refused instead of overflowing the stack. */
const RULE_DEPTH_MAX = 1_500;

export class PegParser {
  readonly #text: readonly string[];
  #at = 0;
  #furthest = 0;
  #expected = new Set<string>();
  #inverted = false;
  readonly #rules: string[] = [];
  readonly #errors = new Set<string>();
  readonly #memo = new Map<string, { readonly value: unknown; readonly end: number }>();

  constructor(text: string) {
    this.#text = Array.from(text);
  }

  get at(): number {
    return this.#at;
  }

  /** The text from `start` to here. */
  since(start: number): string {
    return this.#text.slice(start, this.#at).join("");
  }

  /** `shown` is the rule's name in error texts. Rules with a display name in the grammar show it in quotes, the others plain. */
  rule<T>(name: string, body: () => T | Fail, shown: string = name): T | Fail {
    const key = `${name} ${this.#at} ${this.#inverted}`;
    const known = this.#memo.get(key);
    if (known !== undefined) {
      this.#at = known.end;
      return known.value as T | Fail;
    }
    if (this.#rules.length >= RULE_DEPTH_MAX) throw new RangeError("the expression is nested too deeply");
    this.#rules.push(shown);
    const start = this.#at;
    const value = body();
    if (value === FAIL) this.#at = start;
    this.#rules.pop();
    this.#memo.set(key, { value, end: this.#at });
    return value;
  }

  /** The steps one after the other; all or nothing. Answers with the last step's value. */
  sequence(...steps: readonly (() => unknown)[]): unknown {
    const start = this.#at;
    let value: unknown;
    for (const step of steps) {
      value = step();
      if (value === FAIL) {
        this.#at = start;
        return FAIL;
      }
    }
    return value;
  }

  optional(step: () => unknown): true {
    step();
    return true;
  }

  many(step: () => unknown): unknown[] {
    const values: unknown[] = [];
    for (;;) {
      const start = this.#at;
      const value = step();
      if (value === FAIL || this.#at === start) return values;
      values.push(value);
    }
  }

  literal(wanted: string): string | Fail {
    const start = this.#at;
    for (const character of wanted) {
      if (this.#text[this.#at] !== character) {
        this.#tried(false, start, JSON.stringify(wanted));
        this.#at = start;
        return FAIL;
      }
      this.#at++;
    }
    this.#tried(true, start, JSON.stringify(wanted));
    return wanted;
  }

  /** One character of a class, `shown` as the grammar spells it. */
  oneOf(pattern: RegExp, shown: string): string | Fail {
    const start = this.#at;
    const character = this.#text[start];
    const fits = character !== undefined && pattern.test(character);
    this.#tried(fits, start, shown);
    if (!fits) return FAIL;
    this.#at++;
    return character;
  }

  any(): string | Fail {
    const start = this.#at;
    const character = this.#text[start];
    this.#tried(character !== undefined, start, ".");
    if (character === undefined) return FAIL;
    this.#at++;
    return character;
  }

  not(step: () => unknown): true | Fail {
    const start = this.#at;
    this.#inverted = !this.#inverted;
    const value = step();
    this.#inverted = !this.#inverted;
    this.#at = start;
    return value === FAIL ? true : FAIL;
  }

  ahead(step: () => unknown): true | Fail {
    const start = this.#at;
    const value = step();
    this.#at = start;
    return value === FAIL ? FAIL : true;
  }

  /** Notes a mistake that the grammar names itself. Fails, so that it can end a sequence. */
  mistake(message: string, at: number = this.#at): Fail {
    this.#errors.add(`${this.#position(at)}: rule ${this.#rules.at(-1)}: ${message}`);
    return FAIL;
  }

  /** Everything that went wrong, in the words of go-bexpr's parser; undefined when nothing did. */
  problem(matched: boolean): string | undefined {
    if (this.#errors.size > 0) return [...this.#errors].join("\n");
    if (matched) return undefined;
    const expected = [...this.#expected].filter((text) => text !== "!.").sort();
    if (this.#expected.has("!.")) expected.push("EOF");
    const last = expected.pop();
    const list = expected.length === 0 ? last : `${expected.join(", ")} or ${last}`;
    return `${this.#position(this.#furthest)}: no match found, expected: ${list}`;
  }

  #tried(matched: boolean, at: number, shown: string): void {
    if (matched !== this.#inverted || at < this.#furthest) return;
    if (at > this.#furthest) {
      this.#furthest = at;
      this.#expected = new Set();
    }
    this.#expected.add(this.#inverted ? `!${shown}` : shown);
  }

  /** line:column (byte offset); a line break counts as column 0 of the line that it begins. */
  #position(at: number): string {
    let line = 1;
    let column = 1;
    for (let index = 0; index <= at; index++) {
      if (this.#text[index] === "\n") {
        line++;
        column = 0;
      } else if (index > 0) column++;
    }
    return `${line}:${column} (${Buffer.byteLength(this.#text.slice(0, at).join(""))})`;
  }
}
