import { arrows } from "./arrows.js";
import type { Check } from "./check.js";
import { edges } from "./edges.js";
import { lockFile } from "./lock-file.js";
import { publicExports } from "./public-exports.js";
import { readmeBlocks } from "./readme-blocks.js";
import { format, publishable, types, unused } from "./tools-of-others.js";

/** Quick ones first: what is wrong should be seen soon. */
export const checks: readonly Check[] = [types, format, lockFile, arrows, edges, publicExports, publishable, unused, readmeBlocks];
