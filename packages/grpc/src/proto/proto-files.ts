import { dirname, isAbsolute, join, resolve } from "node:path";
import { createFileRegistry, type FileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { readBytes, withTemporaryFolder } from "./disk.js";
import { protocInclude, runProtoc } from "./process.js";
import { protoError } from "./proto-error.js";

export interface ProtoOptions {
  /** Folders in which imports are looked for. @default the folder of the first file */
  readonly folders?: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * Reads .proto files and everything they import, without a code generator: the
 * registry's services are contracts (`protobufContract`), its messages descriptors.
 * Throws `ProtoError`, which shows file, line and caret.
 */
export async function loadProto(files: string | readonly string[], options: ProtoOptions = {}): Promise<FileRegistry> {
  const sources = protoSources(files, options);
  return withTemporaryFolder(async (folder) => {
    const output = join(folder, "descriptors.binpb");
    const args = [...sources.args, "--include_imports", "--include_source_info", `--descriptor_set_out=${output}`, ...sources.files];
    const { exitCode, stderr } = await runProtoc(args, options.signal);
    if (exitCode !== 0) throw await protoError(stderr, sources.folders);
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, await readBytes(output)));
  });
}

/** What protoc is told of where files lie. */
export interface ProtoSources {
  readonly files: readonly string[];
  readonly folders: readonly string[];
  readonly args: readonly string[];
}

export function protoSources(files: string | readonly string[], options: ProtoOptions): ProtoSources {
  const list = typeof files === "string" ? [files] : files;
  const [first] = list;
  if (first === undefined) throw new TypeError("no .proto file given");
  const folders = (options.folders ?? [dirname(first)]).map((folder) => resolve(folder));
  const include = [...folders, protocInclude()];
  return { files: list.map((file) => within(file, folders)), folders, args: include.map((folder) => `--proto_path=${folder}`) };
}

/** A file may be named as it lies on the disk or as it is imported. */
function within(file: string, folders: readonly string[]): string {
  const path = resolve(file);
  for (const folder of folders) {
    const prefix = folder.endsWith("/") ? folder : `${folder}/`;
    if (path.replaceAll("\\", "/").startsWith(prefix.replaceAll("\\", "/"))) return path.slice(prefix.length).replaceAll("\\", "/");
  }
  if (isAbsolute(file)) throw new TypeError(`${file} lies in none of the folders ${folders.join(", ")}`);
  return file;
}
