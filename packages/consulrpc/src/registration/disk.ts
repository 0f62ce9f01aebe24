import { readFileSync } from "node:fs";
import type { ServiceOptions } from "./service-options.js";

/** The options in a JSON file, named as in code; throws TypeError when it holds something else. */
export function serviceFile(path: string | undefined): ServiceOptions | undefined {
  if (path === undefined || path === "") return undefined;
  const parsed: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw new TypeError(`${path} holds no JSON object`);
  return parsed as ServiceOptions;
}
