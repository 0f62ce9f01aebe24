import type { Agent } from "@consulrpc/agent";
import { main } from "./main.js";

/** What a run of the command line said. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly remarks: string;
}

/** Runs the command line against `agent`, as a program would see it. */
export async function consulrpc(
  agent: Agent | undefined,
  args: readonly string[],
  more: { signal?: AbortSignal; stdin?: string; onOut?: (text: string) => void } = {},
): Promise<Said> {
  const out: Buffer[] = [];
  let remarks = "";
  const code = await main(args, {
    write: (text) => {
      out.push(Buffer.from(text));
      more.onOut?.(text.toString());
    },
    writeRemark: (text) => {
      remarks += text;
    },
    isTerminal: false,
    environment: agent === undefined ? {} : { CONSUL_HTTP_ADDR: agent.address },
    signal: more.signal ?? new AbortController().signal,
    stdin: async () => Buffer.from(more.stdin ?? ""),
  });
  return { code, out: Buffer.concat(out).toString("utf8"), remarks };
}
