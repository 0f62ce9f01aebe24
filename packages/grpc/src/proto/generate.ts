import { join } from "node:path";
import { changedFiles, filesUnder, makeFolder, watchFolders, withTemporaryFolder, writeProgram } from "./disk.js";
import { protocGenEsPath, runProtoc } from "./process.js";
import { ProtoError, protoError } from "./proto-error.js";
import { type ProtoOptions, protoSources } from "./proto-files.js";

export interface GenerateOptions extends ProtoOptions {
  /** The folder that is written to. Files lie in it as the .proto files do in theirs. */
  readonly out: string;
  /** "ts" writes TypeScript; "js" JavaScript and declarations. @default "ts" */
  readonly target?: "ts" | "js";
  /** The ending of imports between generated files. @default "js" */
  readonly importExtension?: "js" | "ts" | "none";
}

/**
 * Writes typed code for .proto files: what protoc with protoc-gen-es writes, with
 * nothing to install. Files that would not change are left alone. Gives back the paths
 * of those that were written. Throws `ProtoError`, which shows file, line and caret;
 * then nothing has been written.
 */
export async function generate(files: string | readonly string[], options: GenerateOptions): Promise<readonly string[]> {
  const sources = protoSources(files, options);
  return withTemporaryFolder(async (folder) => {
    const plugin = await writeProgram(folder, "protoc-gen-es", protocGenEsPath());
    const made = join(folder, "out");
    await makeFolder(made);
    const parameters = `target=${options.target === "js" ? "js+dts" : "ts"},import_extension=${options.importExtension ?? "js"}`;
    const args = [...sources.args, `--plugin=protoc-gen-es=${plugin}`, `--es_out=${made}`, `--es_opt=${parameters}`, ...sources.files];
    const { exitCode, stderr } = await runProtoc(args, options.signal);
    if (exitCode !== 0) throw await protoError(stderr, sources.folders);
    return changedFiles(await filesUnder(made), made, options.out);
  });
}

/** What became of one round of `generateAndWatch`. */
export type Generated = { readonly written: readonly string[] } | { readonly error: ProtoError };

/**
 * Generates now and after every change of a .proto file in the folders, until `signal`
 * aborts. A mistake in a .proto is a result like any other: the next change is waited for.
 */
export async function* generateAndWatch(
  files: string | readonly string[],
  options: GenerateOptions & { readonly signal: AbortSignal },
): AsyncGenerator<Generated> {
  const { folders } = protoSources(files, options);
  const changes = watchFolders(folders, ".proto", options.signal);
  do {
    yield await generate(files, options).then(
      (written) => ({ written }),
      (error: unknown) => {
        if (error instanceof ProtoError) return { error };
        throw error;
      },
    );
  } while (await changes.next());
}
