/** What a selector may name: the shape of the rows that an endpoint filters. */
export type Field =
  | "string"
  | "integer"
  | "boolean"
  | { readonly list: Field }
  /** Keys are strings. */
  | { readonly map: Field }
  | { readonly struct: Fields };

export type Fields = Readonly<Record<string, Field>>;
