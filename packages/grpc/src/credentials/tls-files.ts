import { readFiles, watchFiles } from "./disk.js";
import type { TlsMaterial, TlsSource } from "./tls.js";

export interface TlsFiles {
  readonly key?: string;
  readonly certificate?: string;
  readonly roots?: string;
  /** How often the files are looked at. @default 1 s */
  readonly intervalMs?: number;
}

const INTERVAL_MS = 1_000;

/**
 * Certificates in files, read again when they change. A change counts once all
 * files could be read; while a key and its certificate do not match each other
 * (half of a rotation), servers keep the old pair and say so.
 */
export function tlsFiles(files: TlsFiles): TlsSource {
  const paths = { key: files.key, certificate: files.certificate, roots: files.roots };
  let material = read(paths);
  const listeners = new Set<() => void>();
  let stop: (() => void) | undefined;
  const reload = (): void => {
    try {
      material = read(paths);
    } catch {
      // Written anew at this moment: the next look finds it whole, and the old material is still good.
      return;
    }
    for (const listener of listeners) listener();
  };
  return {
    current: () => {
      if (stop === undefined) material = read(paths);
      return material;
    },
    onChange: (listener) => {
      listeners.add(listener);
      stop ??= watchFiles(
        Object.values(paths).filter((path) => path !== undefined),
        files.intervalMs ?? INTERVAL_MS,
        reload,
      );
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
      };
    },
  };
}

function read(paths: Readonly<Record<"key" | "certificate" | "roots", string | undefined>>): TlsMaterial {
  return readFiles(paths);
}
