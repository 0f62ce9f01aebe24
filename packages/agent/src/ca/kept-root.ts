import type { CaRoot } from "../http/context.js";
import { caRoot } from "./ca-root.js";
import { createRootCertificate, type RootCertificate } from "./root-certificate.js";

/** Where the root lives between two runs; -dev has none. */
export interface RootKeeper {
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
}

/** The state's index at which Consul has its root, on a server that has just begun. */
const ROOT_INDEX = 12;

/** Makes the root when somebody first asks for it, once; later runs find the same one. */
export function keptRoot(keeper: RootKeeper | undefined, clusterId: string | undefined, now: () => number): () => Promise<CaRoot> {
  let root: Promise<CaRoot> | undefined;
  const find = async (): Promise<CaRoot> => {
    const text = await keeper?.read();
    if (text !== undefined) return caRoot(JSON.parse(text) as RootCertificate, ROOT_INDEX);
    const made = createRootCertificate(clusterId ?? crypto.randomUUID(), now());
    await keeper?.write(JSON.stringify(made));
    return caRoot(made, ROOT_INDEX);
  };
  return () => {
    root ??= find().catch((error: unknown) => {
      root = undefined;
      throw error;
    });
    return root;
  };
}
