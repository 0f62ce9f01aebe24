import { relative } from "node:path";
import type { TestEvent } from "node:test/reporters";

/**
 * For hundreds of test files: failures in full, what was skipped and why, the
 * slowest files, and Node's closing lines. What passes is only counted.
 */
export default async function* reporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const skipped: string[] = [];
  const failed: string[] = [];
  const files = new Map<string, number>();
  const closing: string[] = [];
  for await (const event of events) {
    if (event.type === "test:diagnostic" && event.data.nesting === 0 && CLOSING.test(event.data.message)) closing.push(event.data.message);
    else if (event.type === "test:stderr" || event.type === "test:stdout") {
      if (process.env.CONSULRPC_TEST_OUTPUT !== undefined) yield event.data.message;
    } else if (event.type === "test:pass" || event.type === "test:fail") {
      const { name, file = "", skip, details } = event.data;
      files.set(file, (files.get(file) ?? 0) + (event.data.nesting === 0 ? details.duration_ms : 0));
      if (skip !== undefined) skipped.push(`${where(file)}: ${name}: ${skip === true ? "no reason given" : skip}`);
      if (event.type === "test:fail" && event.data.todo === undefined) {
        const text = `FAILED ${where(file)}: ${name}\n${indented(reason(event.data.details.error))}\n`;
        failed.push(`${where(file)}: ${name}`);
        yield text;
      }
    }
  }
  const slowest = [...files].sort(([, left], [, right]) => right - left).slice(0, 5);
  yield `slowest: ${slowest.map(([file, ms]) => `${where(file)} ${(ms / 1000).toFixed(1)} s`).join(", ")}\n`;
  if (skipped.length > 0) yield `SKIPPED, and so not shown to work here:\n${skipped.map((line) => `  ${line}\n`).join("")}`;
  if (failed.length > 0) yield `FAILED:\n${failed.map((line) => `  ${line}\n`).join("")}`;
  for (const line of closing) yield `${process.stdout.isTTY === true ? "ℹ" : "#"} ${line}\n`;
}

/** As the built-in reporters end: "# tests 12", "# pass 12", ... */
const CLOSING = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

function where(file: string): string {
  return relative(process.cwd(), file).replace(/(^|\/)dist\//, "$1");
}

function reason(error: Error | undefined): string {
  const cause = error?.cause;
  if (cause instanceof Error) return cause.stack ?? cause.message;
  return cause === undefined ? String(error?.message) : String(cause);
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
