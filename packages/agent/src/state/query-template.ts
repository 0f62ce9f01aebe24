/** Prepared-query templates: `${name.full}`, `${name.prefix}`, `${name.suffix}`, `${match(N)}`, `${agent.segment}` filled in. */
import { StateError } from "./command.js";
import { templateType } from "./queries.js";
import type { PreparedQuery } from "./records.js";

/** The query with its template rendered for `name`; a query without a template as it is. */
export function renderQuery(query: PreparedQuery, name: string): PreparedQuery {
  if (templateType(query) === "") return query;
  const { Regexp = "" } = query.Template as { readonly Regexp?: string };
  const match = Regexp === "" ? null : compile(Regexp).exec(name);
  const prefix = query.Name;
  const values: Readonly<Record<string, string>> = {
    "name.full": name,
    "name.prefix": prefix,
    "name.suffix": name.slice(prefix.length),
    "agent.segment": "",
  };
  const fill = (text: string): string =>
    text.replace(/\$\{([^}]*)\}/g, (whole, expression: string) => {
      const trimmed = expression.trim();
      const known = values[trimmed];
      if (known !== undefined) return known;
      const group = /^match\((\d+)\)$/.exec(trimmed)?.[1];
      return group === undefined ? whole : (match?.[Number(group)] ?? "");
    });
  const rendered = fillAll(query.Service, fill) as Record<string, unknown>;
  const { RemoveEmptyTags } = query.Template as { readonly RemoveEmptyTags?: boolean };
  const tags = rendered.Tags;
  const Service = RemoveEmptyTags === true && Array.isArray(tags) ? { ...rendered, Tags: tags.filter((tag) => tag !== "") } : rendered;
  return { ...query, Service };
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch {
    throw new StateError(`Bad Regexp: error parsing regexp: \`${pattern}\``);
  }
}

function fillAll(value: unknown, fill: (text: string) => string): unknown {
  if (typeof value === "string") return fill(value);
  if (Array.isArray(value)) return value.map((item) => fillAll(item, fill));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillAll(item, fill)]));
}
