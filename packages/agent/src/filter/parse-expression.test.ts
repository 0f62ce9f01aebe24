import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExpression } from "./parse-expression.js";

/** What go-bexpr v0.1.2 (the version in Consul v1.21.0) said to each of these; empty where it parsed them. */
const RECORDED: readonly (readonly [expression: string, problem: string])[] = [
  ["", '1:1 (0): no match found, expected: "(", "-", "0", "\\"", "`", "not", [ \\t\\r\\n], [1-9] or [a-zA-Z]'],
  ["a", '1:2 (1): no match found, expected: "!=", ".", "==", "[", [ \\t\\r\\n] or [a-zA-Z0-9_]'],
  ["a ==", '1:5 (4): no match found, expected: "-", "0", "\\"", "`", [ \\t\\r\\n], [1-9] or [a-zA-Z]'],
  ["a == ", '1:6 (5): no match found, expected: "-", "0", "\\"", "`", [ \\t\\r\\n], [1-9] or [a-zA-Z]'],
  ["a == 1 and", "1:11 (10): no match found, expected: [ \\t\\r\\n]"],
  ["a == 1 xor b == 2", '1:8 (7): no match found, expected: "and", "or", [ \\t\\r\\n] or EOF'],
  ["(a == 1", '1:8 (7): rule "grouping": Unmatched parentheses'],
  ["a == 1)", '1:7 (6): no match found, expected: ".", [ \\t\\r\\n], [0-9] or EOF'],
  ["((a == 1)", '1:10 (9): rule "grouping": Unmatched parentheses'],
  ['a["b" == 1', '1:7 (6): rule "index": Unclosed index expression'],
  ["a[b] == 1", '1:3 (2): rule "index": Invalid index'],
  ["a[] == 1", '1:3 (2): rule "index": Invalid index'],
  ['a == "abc', '1:10 (9): rule "string": Unterminated string literal'],
  ["a == `abc", '1:10 (9): rule "string": Unterminated string literal'],
  ["a == 01", '1:7 (6): rule "number": Invalid number literal'],
  ["a == 1x", '1:7 (6): rule "number": Invalid number literal'],
  ["a == -", '1:7 (6): no match found, expected: "0" or [1-9]'],
  ["1 in 2", '1:6 (5): rule "match": Invalid selector'],
  ["a in ", '1:6 (5): rule "match": Invalid selector'],
  ["a is", "1:5 (4): no match found, expected: [ \\t\\r\\n]"],
  ["a is not", "1:9 (8): no match found, expected: [ \\t\\r\\n]"],
  ["not", '1:4 (3): no match found, expected: "!=", ".", "==", "[", [ \\t\\r\\n] or [a-zA-Z0-9_]'],
  ["a == 1 or\n b = 2", '2:4 (13): no match found, expected: "!=", "==", "contains", "in", "is", "matches", "not" or [ \\t\\r\\n]'],
  ["a.b. == 1", "1:5 (4): no match found, expected: [a-zA-Z]"],
  ['a == "\\q"', '1:6 (5): rule "string": invalid syntax'],
  ["é == 1", '1:1 (0): no match found, expected: "(", "-", "0", "\\"", "`", "not", [ \\t\\r\\n], [1-9] or [a-zA-Z]'],
  ["a contains", "1:11 (10): no match found, expected: [ \\t\\r\\n]"],
  ["a not foo", '1:7 (6): no match found, expected: "contains", "in", "matches" or [ \\t\\r\\n]'],
  ['a == 1 "b"', '1:8 (7): no match found, expected: "and", "or", [ \\t\\r\\n] or EOF'],
  [" ( a == 1 ) and ( b == 2 ", '1:26 (25): rule "grouping": Unmatched parentheses'],
  ["a == 1.5.2", '1:9 (8): rule "number": Invalid number literal'],
  ['"x" in', "1:7 (6): no match found, expected: [ \\t\\r\\n]"],
  ['"x" in 7', '1:8 (7): rule "match": Invalid selector'],
  ["a matches", "1:10 (9): no match found, expected: [ \\t\\r\\n]"],
  [".", '1:1 (0): no match found, expected: "(", "-", "0", "\\"", "`", "not", [ \\t\\r\\n], [1-9] or [a-zA-Z]'],
  ["a is emptyx", "1:11 (10): no match found, expected: [ \\t\\r\\n] or EOF"],
  ["a==1 and b==2", ""],
  ['(a==1) or (b == "x")', ""],
  ['((a==1) or (b == "x"))', ""],
  ['x["y"].z is not empty', ""],
  ["((((", '1:5 (4): no match found, expected: "(", "-", "0", "\\"", "`", "not", [ \\t\\r\\n], [1-9] or [a-zA-Z]'],
  ["not not a==3", ""],
  ['a == "x\ny"', '1:6 (5): rule "string": invalid syntax'],
];

for (const [expression, problem] of RECORDED) {
  test(`parseExpression() says what go-bexpr says to ${JSON.stringify(expression)}`, () => {
    let said = "";
    try {
      parseExpression(expression);
    } catch (error) {
      said = (error as Error).message;
    }
    assert.equal(said, problem);
  });
}

test("parseExpression() folds a double negation", () => {
  assert.equal(parseExpression("not not a == 3").kind, "match");
});
