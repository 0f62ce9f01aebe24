import type { RequestOptions } from "../http/requester.js";
import type { Read, ReadOptions } from "../read.js";
import type { CARoots } from "./agent.js";
import { Family } from "./family.js";

export interface CAConfig {
  /** "consul", "vault" or "aws-pca". */
  readonly Provider: string;
  readonly Config: Readonly<Record<string, unknown>>;
  readonly State?: Readonly<Record<string, string>> | null;
  readonly ForceWithoutCrossSigning?: boolean;
  readonly CreateIndex?: number;
  readonly ModifyIndex?: number;
}

/** The mesh's certificate authority. Leaf certificates and authorization are the agent's (`agent.connectLeaf`). */
export class Connect extends Family {
  readonly caRoots: Read<[], ReadOptions, CARoots> = this.read(0, () => ({ path: "connect/ca/roots" }));

  /** The roots as one PEM file. */
  readonly caRootsPem: Read<[], ReadOptions, string> = this.read(0, () => ({
    path: "connect/ca/roots",
    parameters: () => ({ pem: "true" }),
    decode: (answer) => answer.body.toString("utf8"),
  }));

  readonly caConfiguration: Read<[], ReadOptions, CAConfig> = this.read(0, () => ({ path: "connect/ca/configuration", blocks: "none" }));

  setCaConfiguration(configuration: CAConfig, options?: RequestOptions): Promise<void> {
    return this.write("connect/ca/configuration", configuration, options);
  }
}
