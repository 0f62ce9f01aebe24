import { table } from "./table.js";

/** What a command says: results to one stream, remarks to the other. */
export class Output {
  readonly json: boolean;
  /** True: somebody looks at it; lines may be redrawn. */
  readonly isTerminal: boolean;
  private readonly write: (text: string | Uint8Array) => void;
  private readonly writeRemark: (text: string) => void;

  constructor(options: {
    json: boolean;
    isTerminal: boolean;
    write: (text: string | Uint8Array) => void;
    writeRemark: (text: string) => void;
  }) {
    this.json = options.json;
    this.isTerminal = options.isTerminal;
    this.write = options.write;
    this.writeRemark = options.writeRemark;
  }

  /** A line of the result. */
  line(text: string): void {
    this.write(`${text}\n`);
  }

  /** A part of the result as it is, without a line's end. */
  raw(bytes: string | Uint8Array): void {
    this.write(bytes);
  }

  /** With --json: `value` on one line. Without: what `people` makes of it. */
  result(value: unknown, people: () => string): void {
    this.line(this.json ? JSON.stringify(value) : people());
  }

  /** With --json: one array of objects. Without: a table with these columns, or `empty` in words. */
  rows(rows: readonly Readonly<Record<string, unknown>>[], columns: readonly string[], empty: string): void {
    if (this.json) this.line(JSON.stringify(rows));
    else if (rows.length === 0) this.remark(empty);
    else this.line(table(rows, columns));
  }

  /** For people, beside the result. */
  remark(text: string): void {
    this.writeRemark(`${text}\n`);
  }
}
