import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";

/** The trailer that carries google.rpc.Status. */
export const STATUS_DETAILS = "grpc-status-details-bin";

/** google/rpc/status.proto: int32 code = 1; string message = 2; repeated google.protobuf.Any details = 3. */
export function encodeStatus(code: number, message: string, details: readonly unknown[]): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).int32(code);
  writer.tag(2, WireType.LengthDelimited).string(message);
  for (const detail of details) {
    const any = isAny(detail) ? detail : create(AnySchema, detail as MessageInitShape<typeof AnySchema>);
    writer.tag(3, WireType.LengthDelimited).bytes(toBinary(AnySchema, any));
  }
  return writer.finish();
}

/** The details of a google.rpc.Status; none when the bytes are no such message (the status itself stands in other trailers). */
export function decodeStatusDetails(bytes: Uint8Array): Any[] {
  const details: Any[] = [];
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (field === 3 && wireType === WireType.LengthDelimited) details.push(fromBinary(AnySchema, reader.bytes()));
      else reader.skip(wireType, field);
    }
  } catch {
    // A proxy mangled an optional trailer: code and message are still right.
    return [];
  }
  return details;
}

function isAny(value: unknown): value is Any {
  return typeof value === "object" && value !== null && (value as Partial<Any>).$typeName === "google.protobuf.Any";
}
