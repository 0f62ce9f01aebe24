import { FileDescriptorSetSchema, StructSchema, ValueSchema } from "@bufbuild/protobuf/wkt";
import { type Codec, msgpackCodec, protobufCodec } from "@consulrpc/grpc";

const BYTES = 4 * 1024 * 1024;

export interface Hostile {
  readonly name: string;
  readonly codec: Codec;
  readonly bytes: Buffer;
}

/** Messages of 4 MiB that cost a naive decoder a thousand times their size. */
export function hostileMessages(): Hostile[] {
  const files = protobufCodec(FileDescriptorSetSchema) as Codec;
  const values = protobufCodec(ValueSchema) as Codec;
  return [
    { name: "millions of empty submessages with many fields", codec: files, bytes: repeated([0x0a, 0x00]) },
    { name: "millions of unknown fields", codec: files, bytes: repeated([0x78, 0x00]) },
    { name: "millions of map entries without a key", codec: protobufCodec(StructSchema) as Codec, bytes: repeated([0x0a, 0x00]) },
    { name: "a group that opens without end", codec: files, bytes: repeated([0x7b]) },
    { name: "a value in a list in a value, a million deep", codec: values, bytes: repeated([0x32, 0x0a]) },
    { name: "msgpack: millions of empty maps", codec: msgpackCodec, bytes: msgpackList(0x80) },
    { name: "msgpack: millions of empty lists", codec: msgpackCodec, bytes: msgpackList(0x90) },
    { name: "msgpack: a list in a list, four million deep", codec: msgpackCodec, bytes: repeated([0x91]) },
    {
      name: "msgpack: a list that says it has four thousand million items",
      codec: msgpackCodec,
      bytes: Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]),
    },
  ];
}

function repeated(pattern: readonly number[]): Buffer {
  return Buffer.alloc(BYTES, Buffer.from(pattern));
}

function msgpackList(item: number): Buffer {
  const header = Buffer.alloc(5);
  header[0] = 0xdd;
  header.writeUInt32BE(BYTES - 5, 1);
  return Buffer.concat([header, Buffer.alloc(BYTES - 5, item)]);
}
