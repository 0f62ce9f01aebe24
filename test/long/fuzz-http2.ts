// npm run long -- fuzz-http2 [SECONDS] [SEED]: frames, HPACK and flow control of both sides under mutated input.
import { fuzz } from "../fuzz/http2/fuzz.js";
import type { RunLong } from "../suite.js";

const SECONDS = 600;

export const run: RunLong = async ([seconds = SECONDS, seed = Date.now() % 2 ** 31]) => {
  console.log(`seed ${seed}`);
  const { inputs, corpus, blocks } = await fuzz(Number(seconds) * 1_000, Number(seed));
  console.log(`${inputs} inputs, ${corpus} of them kept, ${blocks} blocks of the core reached`);
};
