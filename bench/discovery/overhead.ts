import { fileURLToPath } from "node:url";
import { servers } from "../agent/contestants.js";
import type { Contestant } from "../harness/case.js";
import { Child, CLIENT_CORE } from "../harness/child.js";
import { perSecond } from "../harness/pairs.js";
import type { RoundResult } from "../load/load.js";
import { HELLO, registeredHello } from "./hello.js";

const PROGRAM = fileURLToPath(new URL("./client-process.js", import.meta.url));
const CONCURRENCY = 64;

/** The same client and server, found in one way or the other; the registry runs beside both. */
export async function overhead(by: "consul" | "static"): Promise<Contestant> {
  const { consul, port, close } = await registeredHello(servers.ours!);
  const target = by === "consul" ? `consul://${HELLO}` : `static://127.0.0.1:${port}`;
  const command = [process.execPath, PROGRAM, "--target", target, "--concurrency", String(CONCURRENCY)];
  const client = new Child(command, CLIENT_CORE, { CONSUL_HTTP_ADDR: consul });
  return {
    round: async (durationMs) => perSecond(JSON.parse(await client.ask(String(durationMs))) as RoundResult),
    close: async () => {
      await client.stop();
      await close();
    },
  };
}
