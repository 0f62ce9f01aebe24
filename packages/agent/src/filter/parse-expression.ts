import type { Expression, Match, MatchOperator } from "./expression.js";
import { unquote } from "./go-literal.js";
import { FAIL, type Fail, PegParser } from "./peg.js";

/**
 * Parses a filter. The rules carry the names and the order of go-bexpr's grammar, because both show in its error texts.
 *
 * @throws SyntaxError with go-bexpr's words
 */
export function parseExpression(text: string): Expression {
  const peg = new PegParser(text);
  const grammar = new Grammar(peg);
  const expression = grammar.input();
  const problem = peg.problem(expression !== FAIL);
  if (problem !== undefined || expression === FAIL) throw new SyntaxError(problem);
  return expression;
}

class Grammar {
  readonly #peg: PegParser;

  constructor(peg: PegParser) {
    this.#peg = peg;
  }

  input(): Expression | Fail {
    const p = this.#peg;
    return p.rule("Input", () => {
      let expression: Expression | Fail = FAIL;
      const or = () => {
        expression = this.#or();
        return expression;
      };
      const wrapped = p.sequence(
        this.#gap,
        () => p.literal("("),
        this.#gap,
        or,
        this.#gap,
        () => p.literal(")"),
        this.#gap,
        this.#end,
      );
      if (wrapped !== FAIL) return expression;
      return p.sequence(this.#gap, or, this.#gap, this.#end) === FAIL ? FAIL : expression;
    });
  }

  readonly #space = (): unknown => this.#peg.rule('"whitespace"', () => this.#some(/[ \t\r\n]/, "[ \\t\\r\\n]"));
  readonly #gap = (): unknown => this.#peg.optional(this.#space);
  readonly #end = (): unknown => this.#peg.rule("EOF", () => this.#peg.not(() => this.#peg.any()));

  #some(pattern: RegExp, shown: string): unknown {
    const first = this.#peg.oneOf(pattern, shown);
    if (first === FAIL) return FAIL;
    return this.#peg.many(() => this.#peg.oneOf(pattern, shown));
  }

  #or(): Expression | Fail {
    return this.#chain("OrExpression", "or", () => this.#and());
  }

  #and(): Expression | Fail {
    return this.#chain("AndExpression", "and", () => this.#not());
  }

  /** `operand word chain`, or a single operand. */
  #chain(rule: string, word: "and" | "or", operand: () => Expression | Fail): Expression | Fail {
    const p = this.#peg;
    return p.rule<Expression>(rule, () => {
      let left: Expression | Fail = FAIL;
      let right: Expression | Fail = FAIL;
      const matched = p.sequence(
        () => {
          left = operand();
          return left;
        },
        this.#space,
        () => p.literal(word),
        this.#space,
        () => {
          right = word === "or" ? this.#or() : this.#and();
          return right;
        },
      );
      if (matched !== FAIL) return { kind: word, left: left as unknown as Expression, right: right as unknown as Expression };
      return operand();
    });
  }

  #not(): Expression | Fail {
    const p = this.#peg;
    return p.rule<Expression>("NotExpression", () => {
      const operand = p.sequence(
        () => p.literal("not"),
        this.#space,
        () => this.#not(),
      ) as Expression | Fail;
      if (operand === FAIL) return this.#parenthesized();
      return operand.kind === "not" ? operand.operand : { kind: "not", operand };
    });
  }

  #parenthesized(): Expression | Fail {
    const p = this.#peg;
    return p.rule<Expression>('"grouping"', () => {
      let inner: Expression | Fail = FAIL;
      const or = () => {
        inner = this.#or();
        return inner;
      };
      if (
        p.sequence(
          () => p.literal("("),
          this.#gap,
          or,
          this.#gap,
          () => p.literal(")"),
        ) !== FAIL
      )
        return inner;
      const match = this.#match();
      if (match !== FAIL) return match;
      p.sequence(
        () => p.literal("("),
        this.#gap,
        or,
        this.#gap,
        () => p.not(() => p.literal(")")),
        () => p.mistake("Unmatched parentheses"),
      );
      return FAIL;
    });
  }

  #match(): Match | Fail {
    const p = this.#peg;
    return p.rule<Match>('"match"', () => {
      const compared = p.rule("MatchSelectorOpValue", () => this.#selectorOperatorValue(), '"match"');
      if (compared !== FAIL) return compared;
      const emptiness = p.rule("MatchSelectorOp", () => this.#selectorOperator(), '"match"');
      if (emptiness !== FAIL) return emptiness;
      return p.rule("MatchValueOpSelector", () => this.#valueOperatorSelector(), '"match"');
    });
  }

  #selectorOperatorValue(): Match | Fail {
    const selector = this.#selector();
    if (selector === FAIL) return FAIL;
    const operator =
      this.#operator("MatchEqual", "Equal", "==") ??
      this.#operator("MatchNotEqual", "Not Equal", "!=") ??
      this.#operator("MatchContains", "In", "contains") ??
      this.#operator("MatchNotContains", "Not In", "not", "contains") ??
      this.#operator("MatchMatches", "Matches", "matches") ??
      this.#operator("MatchNotMatches", "Not Matches", "not", "matches");
    if (operator === undefined) return FAIL;
    const value = this.#value();
    return value === FAIL ? FAIL : { kind: "match", selector, operator, value };
  }

  #selectorOperator(): Match | Fail {
    const selector = this.#selector();
    if (selector === FAIL) return FAIL;
    const operator =
      this.#operator("MatchIsEmpty", "Is Empty", "is", "empty") ?? this.#operator("MatchIsNotEmpty", "Is Not Empty", "is", "not", "empty");
    return operator === undefined ? FAIL : { kind: "match", selector, operator };
  }

  #valueOperatorSelector(): Match | Fail {
    const p = this.#peg;
    const value = this.#value();
    if (value === FAIL) return FAIL;
    const operator = this.#operator("MatchIn", "In", "in") ?? this.#operator("MatchNotIn", "Not In", "not", "in");
    if (operator === undefined) return FAIL;
    const selector = this.#selector();
    if (selector !== FAIL) return { kind: "match", selector, operator, value };
    if (p.not(() => this.#selector()) !== FAIL) p.mistake("Invalid selector");
    return FAIL;
  }

  /** Words need space on both sides; `==` and `!=` do not. */
  #operator(rule: string, operator: MatchOperator, ...words: readonly string[]): MatchOperator | undefined {
    const p = this.#peg;
    const outer = words[0] === "==" || words[0] === "!=" ? this.#gap : this.#space;
    // The grammar ends the emptiness operators with their last word: nothing follows them.
    const after = words.at(-1) === "empty" ? [] : [outer];
    const inner = words.flatMap((word, index) => (index === 0 ? [() => p.literal(word)] : [this.#space, () => p.literal(word)]));
    return p.rule(rule, () => p.sequence(outer, ...inner, ...after)) === FAIL ? undefined : operator;
  }

  #selector(): readonly string[] | Fail {
    const p = this.#peg;
    return p.rule<readonly string[]>('"selector"', () => {
      const first = this.#identifier();
      if (first === FAIL) return FAIL;
      return [first, ...(p.many(() => this.#selectorOrIndex()) as string[])];
    });
  }

  #identifier(): string | Fail {
    const p = this.#peg;
    return p.rule<string>("Identifier", () => {
      const start = p.at;
      if (p.oneOf(/[a-zA-Z]/, "[a-zA-Z]") === FAIL) return FAIL;
      p.many(() => p.oneOf(/[a-zA-Z0-9_]/, "[a-zA-Z0-9_]"));
      return p.since(start);
    });
  }

  #selectorOrIndex(): string | Fail {
    const p = this.#peg;
    return p.rule<string>("SelectorOrIndex", () => {
      const dotted = p.sequence(
        () => p.literal("."),
        () => this.#identifier(),
      );
      return dotted === FAIL ? this.#index() : (dotted as string);
    });
  }

  #index(): string | Fail {
    const p = this.#peg;
    return p.rule<string>('"index"', () => {
      let name: string | Fail = FAIL;
      const open = () => p.literal("[");
      const literal = () => {
        name = this.#string();
        return name;
      };
      if (p.sequence(open, this.#gap, literal, this.#gap, () => p.literal("]")) !== FAIL) return name;
      const unnamed = () => p.not(() => this.#string());
      p.sequence(open, this.#gap, unnamed, () => p.mistake("Invalid index"));
      const unclosed = () => p.not(() => p.literal("]"));
      p.sequence(open, this.#gap, literal, this.#gap, unclosed, () => p.mistake("Unclosed index expression"));
      return FAIL;
    });
  }

  #value(): string | Fail {
    return this.#peg.rule<string>('"value"', () => {
      const selector = this.#selector();
      if (selector !== FAIL) return selector.join(".");
      const number = this.#number();
      return number === FAIL ? this.#string() : number;
    });
  }

  #number(): string | Fail {
    const p = this.#peg;
    return p.rule<string>('"number"', () => {
      const start = p.at;
      const minus = () => p.optional(() => p.literal("-"));
      const digits = () => this.#integerOrFloat();
      const after = () => this.#afterNumber();
      if (p.sequence(minus, digits, () => p.ahead(after)) !== FAIL) return p.since(start);
      const stuck = () => p.not(after);
      p.sequence(minus, digits, stuck, () => p.mistake("Invalid number literal"));
      return FAIL;
    });
  }

  #afterNumber(): unknown {
    const p = this.#peg;
    return p.rule("AfterNumbers", () =>
      p.ahead(() => {
        if (this.#space() !== FAIL || this.#end() !== FAIL) return true;
        return p.literal(")");
      }),
    );
  }

  #integerOrFloat(): unknown {
    const p = this.#peg;
    return p.rule("IntegerOrFloat", () => {
      const whole = () => {
        if (p.literal("0") !== FAIL) return true;
        return p.sequence(
          () => p.oneOf(/[1-9]/, "[1-9]"),
          () => p.many(() => p.oneOf(/[0-9]/, "[0-9]")),
        );
      };
      const fraction = () =>
        p.sequence(
          () => p.literal("."),
          () => this.#some(/[0-9]/, "[0-9]"),
        );
      return p.sequence(whole, () => p.optional(fraction));
    });
  }

  #string(): string | Fail {
    const p = this.#peg;
    return p.rule<string>('"string"', () => {
      const start = p.at;
      const quoted = (quote: string, ...end: readonly (() => unknown)[]) => p.sequence(() => p.literal(quote), this.#until(quote), ...end);
      if (quoted("`", () => p.literal("`")) !== FAIL || quoted('"', () => p.literal('"')) !== FAIL) {
        const text = unquote(p.since(start));
        if (text === undefined) p.mistake("invalid syntax", start);
        return text ?? "";
      }
      const open = () => (quoted("`") !== FAIL ? true : quoted('"'));
      p.sequence(open, this.#end, () => p.mistake("Unterminated string literal"));
      return FAIL;
    });
  }

  #until(quote: string): () => unknown {
    const p = this.#peg;
    return () =>
      p.many(() =>
        p.sequence(
          () => p.not(() => p.literal(quote)),
          () => p.any(),
        ),
      );
  }
}
