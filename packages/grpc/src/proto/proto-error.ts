import { isAbsolute, join } from "node:path";
import { readLines } from "./disk.js";

/** One complaint about a .proto file. */
export interface ProtoProblem {
  readonly file: string;
  /** From 1; 0 when the complaint concerns the file as a whole. */
  readonly line: number;
  /** From 1; 0 likewise. */
  readonly column: number;
  readonly message: string;
}

/** A .proto file that cannot be used. The message shows each place with its line and a caret. */
export class ProtoError extends Error {
  override readonly name = "ProtoError";
  readonly problems: readonly ProtoProblem[];

  constructor(message: string, problems: readonly ProtoProblem[]) {
    super(message);
    this.problems = problems;
  }
}

/** protoc's complaints: "file:line:column: text", "file: text", or text alone. Warnings are no problem. */
const PLACED = /^(.+?\.proto):(\d+):(\d+): (.*)$/;
const IN_FILE = /^(.+?\.proto): (.*)$/;

export async function protoError(stderr: string, folders: readonly string[]): Promise<ProtoError> {
  const problems = parseProblems(stderr);
  const shown = await Promise.all(problems.map((problem) => show(problem, folders)));
  return new ProtoError(shown.join("\n") || stderr.trim() || "protoc failed without a word", problems);
}

export function parseProblems(stderr: string): ProtoProblem[] {
  const problems: ProtoProblem[] = [];
  for (const line of stderr.split(/\r?\n/)) {
    if (line.trim() === "" || line.includes(": warning: ")) continue;
    const placed = PLACED.exec(line);
    if (placed !== null) {
      problems.push({ file: placed[1]!, line: Number(placed[2]), column: Number(placed[3]), message: placed[4]! });
      continue;
    }
    const inFile = IN_FILE.exec(line);
    problems.push({ file: inFile?.[1] ?? "", line: 0, column: 0, message: inFile?.[2] ?? line });
  }
  return problems;
}

async function show({ file, line, column, message }: ProtoProblem, folders: readonly string[]): Promise<string> {
  if (file === "") return message;
  if (line === 0) return `${file}: ${message}`;
  const heading = `${file}:${line}:${column}: ${message}`;
  const source = await sourceLine(file, line, folders);
  if (source === undefined) return heading;
  const number = String(line);
  return `${heading}\n  ${number} | ${source}\n  ${" ".repeat(number.length)} | ${caretIndent(source, column)}^`;
}

async function sourceLine(file: string, line: number, folders: readonly string[]): Promise<string | undefined> {
  for (const path of isAbsolute(file) ? [file] : [...folders.map((folder) => join(folder, file)), file]) {
    const source = (await readLines(path))[line - 1];
    if (source !== undefined) return source;
  }
  return undefined;
}

/** protoc counts a tab as up to the next multiple of eight; the caret's line repeats the tabs so that any terminal agrees. */
function caretIndent(source: string, column: number): string {
  let indent = "";
  let at = 1;
  for (const char of source) {
    if (at >= column) break;
    if (char === "\t") at += 8 - ((at - 1) % 8);
    else at += 1;
    indent += char === "\t" ? "\t" : " ";
  }
  return indent + " ".repeat(Math.max(0, column - at));
}
