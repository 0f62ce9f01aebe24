import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** How long a token read from a file is used before the file is looked at again. */
export const TOKEN_FILE_AGE_MS_MAX = 1_000;

/** The token in `path`, trimmed; read again when the file changed (Vault agents and Kubernetes rotate it in place). */
export function tokenFromFile(path: string, nowMs: () => number): () => string {
  let token = "";
  let modified = -1;
  let lookedAtMs = -Infinity;
  return () => {
    if (nowMs() - lookedAtMs < TOKEN_FILE_AGE_MS_MAX) return token;
    lookedAtMs = nowMs();
    const changed = statSync(path).mtimeMs;
    if (changed !== modified) {
      token = readFileSync(path, "utf8").trim();
      modified = changed;
    }
    return token;
  };
}

export function readPem(path: string): string {
  return readFileSync(path, "utf8");
}

/** Every certificate of a directory, as CONSUL_CAPATH means it. */
export function readPemDirectory(path: string): string[] {
  return readdirSync(path)
    .filter((name) => /\.(pem|crt|cer)$/i.test(name))
    .map((name) => readPem(join(path, name)));
}
