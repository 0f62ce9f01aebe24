import { join } from "node:path";
import { repositoryRoot } from "@consulrpc/tools";
import { RunningProgram } from "./program.js";

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** `npm run hello:server` on a free port, as a process of its own. */
export async function startHelloServer(tls: TlsFiles | undefined): Promise<{ port: number; running: RunningProgram }> {
  const args = [join(repositoryRoot, "bench/dist/hello/server.js"), "--port", "0"];
  const flags = tls === undefined ? [] : ["--cert", tls.cert, "--key", tls.key];
  const { running, match } = await RunningProgram.start(process.execPath, [...args, ...flags], /port :(\d+)$/);
  return { running, port: Number(match[1]) };
}
