/** Configuration files, the pid file, and the small files that the command keeps in the data directory. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { appendFile, chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ConfigError } from "./raw-config.js";

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/** The files in order; of a directory those that end in .json, by name. Files that do not are said, not skipped in silence. */
export function readConfigFiles(paths: readonly string[], warn: (line: string) => void): readonly ConfigFile[] {
  return paths.flatMap((path) => {
    if (!statOf(path).isDirectory()) return [readConfigFile(path)];
    const names = readdirSync(path).sort();
    for (const name of names.filter((candidate) => candidate.endsWith(".hcl"))) {
      warn(`skipping file ${join(path, name)}: HCL is not supported, write it as JSON`);
    }
    return names.filter((name) => name.endsWith(".json")).map((name) => readConfigFile(join(path, name)));
  });
}

function statOf(path: string): ReturnType<typeof statSync> & object {
  try {
    return statSync(path);
  } catch (error) {
    throw new ConfigError(`config: failed to read ${path}: ${(error as Error).message}`);
  }
}

function readConfigFile(path: string): ConfigFile {
  if (path.endsWith(".hcl")) throw new ConfigError(`config: ${path}: HCL is not supported: write the same keys as JSON`);
  try {
    return { path, text: readFileSync(path, "utf8") };
  } catch (error) {
    throw new ConfigError(`config: failed to read ${path}: ${(error as Error).message}`);
  }
}

export async function writePidFile(path: string, pid: number): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, String(pid));
  } catch (error) {
    throw new ConfigError(`pid_file: ${path} cannot be written: ${(error as Error).message}`);
  }
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** The file's text, or undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export async function writeSmall(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, text, { mode: 0o600 });
}

export async function appendLine(path: string, line: string): Promise<void> {
  await appendFile(path, `${line}\n`);
}

/** A certificate, key or root in PEM. */
export async function readCredential(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new ConfigError(`tls: failed to read ${path}: ${(error as Error).message}`);
  }
}

export async function setMode(path: string, mode: number): Promise<void> {
  await chmod(path, mode);
}
