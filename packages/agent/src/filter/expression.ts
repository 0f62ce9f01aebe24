export type MatchOperator = "Equal" | "Not Equal" | "In" | "Not In" | "Is Empty" | "Is Not Empty" | "Matches" | "Not Matches";

export interface Match {
  readonly kind: "match";
  readonly selector: readonly string[];
  readonly operator: MatchOperator;
  /** As written, quotes removed; absent for the emptiness operators. */
  readonly value?: string;
}

export type Expression =
  | Match
  | { readonly kind: "not"; readonly operand: Expression }
  | { readonly kind: "and" | "or"; readonly left: Expression; readonly right: Expression };
