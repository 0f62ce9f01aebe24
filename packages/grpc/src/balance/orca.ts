/**
 * A server's own account of its load: xds.data.orca.v3.OrcaLoadReport, which
 * travels in trailers (gRFC A51). Read and written here by hand, because it is
 * on the path of every call and has nine fields.
 */
export interface LoadReport {
  /** 0 to 1; above 1 where a container may borrow. */
  readonly cpuUtilization?: number;
  readonly memoryUtilization?: number;
  /** What the application itself calls its utilisation; preferred to the CPU's where it is given. */
  readonly applicationUtilization?: number;
  readonly callsPerSecond?: number;
  readonly errorsPerSecond?: number;
  readonly namedMetrics?: Readonly<Record<string, number>>;
  /** Of further resources, 0 to 1. */
  readonly utilization?: Readonly<Record<string, number>>;
  /** What this one call cost, in units of the application. */
  readonly requestCost?: Readonly<Record<string, number>>;
}

/** The trailer that carries a report (gRFC A51). */
export const LOAD_REPORT_TRAILER = "endpoint-load-metrics-bin";
/** A longer one is ignored: reports come with every call and from anybody. */
export const LOAD_REPORT_BYTES_MAX = 16_384;

const doubles = [
  [1, "cpuUtilization"],
  [2, "memoryUtilization"],
  [6, "callsPerSecond"],
  [7, "errorsPerSecond"],
  [9, "applicationUtilization"],
] as const;
const maps = [
  [3, "requestCost"],
  [4, "utilization"],
  [8, "namedMetrics"],
] as const;

type Mutable = { -readonly [Field in keyof LoadReport]: LoadReport[Field] };

/** Undefined for bytes that are no report: a load report is advice, and bad advice is dropped. */
export function decodeLoadReport(bytes: Uint8Array): LoadReport | undefined {
  if (bytes.length > LOAD_REPORT_BYTES_MAX) return undefined;
  const reader = new Reader(bytes);
  const report: Mutable = {};
  while (reader.at < bytes.length && !reader.failed) readField(reader, report);
  return reader.failed ? undefined : report;
}

function readField(reader: Reader, report: Mutable): void {
  const tag = reader.varint();
  const number = tag >>> 3;
  const double = doubles.find(([field]) => field === number);
  const map = maps.find(([field]) => field === number);
  if (double !== undefined && (tag & 7) === 1) {
    report[double[1]] = reader.double();
  } else if (map !== undefined && (tag & 7) === 2) {
    const [key, value] = readEntry(reader.bytes());
    if (key !== undefined) report[map[1]] = { ...report[map[1]], [key]: value };
  } else if (number === 5 && (tag & 7) === 0) {
    // `rps`, deprecated in favour of the fractional one.
    report.callsPerSecond ??= reader.varint();
  } else {
    reader.skip(tag & 7);
  }
}

function readEntry(bytes: Uint8Array): [string | undefined, number] {
  const reader = new Reader(bytes);
  let key = "";
  let value = 0;
  while (reader.at < bytes.length && !reader.failed) {
    const tag = reader.varint();
    if (tag === 10) key = new TextDecoder().decode(reader.bytes());
    else if (tag === 17) value = reader.double();
    else reader.skip(tag & 7);
  }
  return [reader.failed || key === "__proto__" ? undefined : key, value];
}

/** Reads what is there and remembers when it was not. */
class Reader {
  at = 0;
  failed = false;
  private readonly source: Uint8Array;
  private readonly view: DataView;

  constructor(source: Uint8Array) {
    this.source = source;
    this.view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.source[this.at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    this.failed = true;
    return 0;
  }

  double(): number {
    const start = this.at;
    if (!this.advance(8)) return 0;
    return this.view.getFloat64(start, true);
  }

  bytes(): Uint8Array {
    const length = this.varint();
    const start = this.at;
    return this.advance(length) ? this.source.subarray(start, this.at) : new Uint8Array(0);
  }

  skip(wireType: number): void {
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.advance(8);
    else if (wireType === 2) this.bytes();
    else if (wireType === 5) this.advance(4);
    else this.failed = true;
  }

  private advance(length: number): boolean {
    if (this.failed || this.at + length > this.source.length) {
      this.failed = true;
      return false;
    }
    this.at += length;
    return true;
  }
}

export function encodeLoadReport(report: LoadReport): Uint8Array {
  const parts: Buffer[] = [];
  for (const [number, name] of doubles) {
    const value = report[name];
    // proto3: a zero is not written.
    if (value !== undefined && value !== 0) parts.push(Buffer.of((number << 3) | 1), doubleBytes(value));
  }
  for (const [number, name] of maps) {
    for (const [key, value] of Object.entries(report[name] ?? {})) {
      const text = Buffer.from(key);
      const entry = Buffer.concat([Buffer.of(10), varintBytes(text.length), text, Buffer.of(17), doubleBytes(value)]);
      parts.push(Buffer.of((number << 3) | 2), varintBytes(entry.length), entry);
    }
  }
  return Buffer.concat(parts);
}

function doubleBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

function varintBytes(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 128)) bytes.push((left & 0x7f) | 0x80);
  bytes.push(left);
  return Buffer.from(bytes);
}
