/**
 * The two messages of grpc.health.v1, by hand: a string in field 1 and an enum in field 1 are not worth a codec on the way to the
 * first check.
 */
const STATUSES: readonly string[] = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

/** A gRPC frame (flag, length) around HealthCheckRequest. */
export function encodeHealthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const body = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.of(0x0a), varint(name.length), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** The status in a gRPC frame around HealthCheckResponse; UNKNOWN, the default, when the field is absent. */
export function decodeHealthStatus(frame: Buffer): string {
  if (frame.length < 5) return "UNKNOWN";
  const body = frame.subarray(5, 5 + frame.readUInt32BE(1));
  // Field 1 as a varint is the whole message; other fields would be a later version's.
  const value = body[0] === 0x08 ? (body[1] ?? 0) : 0;
  return STATUSES[value] ?? String(value);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}
