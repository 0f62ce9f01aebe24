import { fileURLToPath } from "node:url";
import type { BenchCase, Contestant } from "../harness/case.js";
import { Child, CLIENT_CORE, SERVER_CORE } from "../harness/child.js";

interface Figures {
  readonly p99Ms: number;
  readonly success: number;
}

const ROUND_MS = 2_000;

/** One of ten servers is not well; ours with its default preset, ours with round robin alone, grpc-js with round robin. */
export function greyCases(): readonly BenchCase[] {
  return [
    grey("one of ten slow p99", "slow", { unit: "ms", better: "lower", bars: { "grpc-js": 0.2 }, quick: true }, ({ p99Ms }) => p99Ms),
    grey("one of ten fails success", "fails", { unit: "share", better: "higher" }, ({ success }) => success),
    grey("one of ten hangs success", "hangs", { unit: "share", better: "higher" }, ({ success }) => success),
    grey("one of ten hangs p99", "hangs", { unit: "ms", better: "lower" }, ({ p99Ms }) => p99Ms),
  ];
}

function grey(
  name: string,
  fault: string,
  shape: Pick<BenchCase, "unit" | "better" | "bars" | "quick">,
  figure: (figures: Figures) => number,
): BenchCase {
  const contestant = (kind: string) => (): Promise<Contestant> => start(kind, fault, figure);
  return {
    ...shape,
    name,
    rounds: 3,
    roundMs: ROUND_MS,
    contestants: { ours: contestant("ours"), "round robin alone": contestant("plain"), "grpc-js": contestant("grpc-js") },
  };
}

async function start(kind: string, fault: string, figure: (figures: Figures) => number): Promise<Contestant> {
  const servers = new Child([process.execPath, program("grey-servers"), fault], SERVER_CORE);
  const ports = (await servers.line()).split(" ");
  const client = new Child([process.execPath, program("grey-client"), kind, ...ports], CLIENT_CORE);
  return {
    round: async (durationMs) => figure(JSON.parse(await client.ask(String(durationMs))) as Figures),
    close: async () => {
      await client.stop();
      await servers.stop();
    },
  };
}

function program(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}
