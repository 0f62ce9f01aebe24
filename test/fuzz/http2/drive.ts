import { type ConnectionListener, Http2Connection, type Http2Stream, prepareHeaders } from "@consulrpc/http2";
import type { Input } from "./input.js";
import type { Random } from "./random.js";

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
const ok = prepareHeaders([":status", "200"]);
const trailers = prepareHeaders(["grpc-status", "0"]);
const post = prepareHeaders([":method", "POST", ":scheme", "http", ":path", "/", ":authority", "a"]);

/** Octets written for one octet read, and a lump for what the limits allow at once. */
const ANSWER_RATIO_MAX = 64;
const ANSWER_LUMP_BYTES = 1 << 20;
/** One input of some kilobytes. */
const INPUT_TIME_MAX_MS = 2_000;

export type Side = "client" | "server";

/** Runs one input, whole and in pieces, and throws when a promise of the core does not hold. `Connection`: for planted faults. */
export function drive(side: Side, input: Input, random: Random, Connection: typeof Http2Connection = Http2Connection): void {
  const bytes = Buffer.concat([...(side === "server" ? [preface] : []), settings, ...input]);
  const startedMs = performance.now();
  const whole = runOnce(side, [bytes], Connection);
  const cut = runOnce(side, pieces(bytes, random), Connection);
  if (!agree(whole, cut)) throw new Error(`the cut of the bytes changes what is reported:\n${whole}\n--- and in pieces ---\n${cut}`);
  const elapsedMs = performance.now() - startedMs;
  if (elapsedMs > INPUT_TIME_MAX_MS) throw new Error(`${Math.round(elapsedMs)} ms for ${bytes.length} octets`);
}

/** A connection that drains may end between two reads: what came before must be the same then. */
function agree(whole: string, cut: string): boolean {
  if (whole === cut) return true;
  const [before, after] = cut.split("close 0");
  return after === "" && whole.startsWith(before as string);
}

function pieces(bytes: Buffer, random: Random): Buffer[] {
  const result: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random.below(random.pick([1, 10, 100, 1000]));
    result.push(bytes.subarray(at, at + size));
    at += size;
  }
  return result;
}

/** Feeds the pieces and returns what was reported about the streams, data summed up. */
function runOnce(side: Side, reads: readonly Buffer[], Connection: typeof Http2Connection): string {
  const witness = new Witness();
  const connection = new Connection({ role: side, nowMs: 0, limits: { windowBytesMax: 65_535 } }, (made) => witness.listener(made));
  if (side === "client")
    for (let index = 0; index < 4; index++) witness.opened(connection.openStream(undefined, post, undefined, index % 2 === 0));
  let received = 0;
  let written = drain(connection);
  for (const read of reads) {
    connection.receive(read, 0, read.length, received);
    received += read.length;
    written += drain(connection);
  }
  connection.tick(1_000);
  connection.transportClosed("end of input");
  written += drain(connection);
  if (written > ANSWER_LUMP_BYTES + received * ANSWER_RATIO_MAX) throw new Error(`${written} octets written for ${received} read`);
  return witness.verdict(connection);
}

function drain(connection: Http2Connection): number {
  let written = 0;
  for (let batch = connection.takeOutput(); batch !== undefined; batch = connection.takeOutput()) {
    for (const chunk of batch.chunks()) written += chunk.length;
    batch.recycle();
  }
  return written;
}

/** Answers like a server would, and checks the order of what it is told. */
class Witness {
  private readonly open = new Set<Http2Stream>();
  private readonly lines: string[] = [];
  private readonly dataBytes = new Map<number, number>();
  private closes = 0;

  opened(stream: Http2Stream | undefined): void {
    if (stream !== undefined) this.open.add(stream);
  }

  listener(connection: Http2Connection): ConnectionListener {
    const server = connection.role === "server";
    return {
      onHeaders: (stream, block, endStream) => {
        if (server) this.open.add(stream);
        this.expect(stream, "headers");
        this.lines.push(`headers ${stream.id} ${block.fields.join(",")} ${endStream}`);
        if (server) answer(connection, stream);
        this.settle(stream);
      },
      onInformational: (stream, block) => this.lines.push(`informational ${stream.id} ${block.fields.join(",")}`),
      onTrailers: (stream, block) => {
        this.expect(stream, "trailers");
        this.lines.push(`trailers ${stream.id} ${this.dataBytes.get(stream.id) ?? 0} ${block.fields.join(",")}`);
        this.settle(stream);
      },
      onData: (stream, bytes, start, end, endStream) => {
        this.expect(stream, "data");
        if (start < 0 || end < start || end > bytes.length) throw new Error(`data at ${start}..${end} of ${bytes.length}`);
        this.dataBytes.set(stream.id, (this.dataBytes.get(stream.id) ?? 0) + end - start);
        if (endStream) this.lines.push(`data ${stream.id} ${this.dataBytes.get(stream.id)}`);
        this.settle(stream);
      },
      onReset: (stream, code, byPeer) => {
        this.expect(stream, "reset");
        this.open.delete(stream);
        this.lines.push(`reset ${stream.id} ${code} ${byPeer}`);
      },
      onDrain: (stream) => {
        if (stream.queuedBytes > 0) throw new Error("drained, and bytes are queued");
      },
      onClose: (code) => {
        this.closes++;
        this.lines.push(`close ${code}`);
      },
    };
  }

  verdict(connection: Http2Connection): string {
    if (this.closes !== 1) throw new Error(`onClose was called ${this.closes} times`);
    if (!connection.ended) throw new Error("closed, and not ended");
    for (const stream of this.open)
      if (!(stream.localClosed && stream.remoteClosed)) throw new Error(`nobody heard of the end of stream ${stream.id}`);
    return this.lines.join("\n");
  }

  private expect(stream: Http2Stream, what: string): void {
    if (this.closes > 0) throw new Error(`${what} after onClose`);
    if (!this.open.has(stream)) throw new Error(`${what} of stream ${stream.id}, which has ended`);
  }

  private settle(stream: Http2Stream): void {
    if (stream.localClosed && stream.remoteClosed) this.open.delete(stream);
  }
}

/** Some replies outgrow the windows, some wait, some end at once. */
function answer(connection: Http2Connection, stream: Http2Stream): void {
  const kind = (stream.id >>> 1) % 4;
  connection.sendHeaders(stream, ok, undefined, kind === 0);
  if (kind === 1) connection.sendData(stream, Buffer.alloc(40_000), false);
  if (kind === 2) connection.pauseReading(stream);
  if (kind === 3) connection.sendData(stream, Buffer.alloc(100_000), true);
  else if (kind === 1) connection.sendHeaders(stream, trailers, undefined, true);
}
