import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { foreignProgram } from "@consulrpc/tools";
import { type Contestant, PeerMissing } from "../harness/case.js";
import { CLIENT_CORE } from "../harness/child.js";
import type { Server } from "./contestants.js";

const execute = promisify(execFile);

/** A server under wrk: requests a second over `connections`; `script` is wrk's Lua, for what is not a GET. */
export function underWrk(server: Server, path: string, connections: number, script = ""): Contestant {
  const wrk = foreignProgram("wrk");
  if (wrk === undefined) throw new PeerMissing("wrk is not on PATH: apt-get install wrk");
  const taskset = foreignProgram("taskset");
  const folder = mkdtempSync(join(tmpdir(), "wrk-"));
  const file = join(folder, "script.lua");
  writeFileSync(file, script);
  return {
    round: async (durationMs) => {
      const args = [
        "-t1",
        `-c${connections}`,
        `-d${Math.ceil(durationMs / 1000)}s`,
        ...(script === "" ? [] : ["-s", file]),
        server.url + path,
      ];
      const [program = wrk, ...rest] = taskset === undefined ? [wrk, ...args] : [taskset, "-c", String(CLIENT_CORE), wrk, ...args];
      const { stdout } = await execute(program, rest);
      const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
      if (!(perSecond > 0) || /Non-2xx|Socket errors/.test(stdout)) throw new Error(`answers were missing or wrong:\n${stdout}`);
      return perSecond;
    },
    close: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** wrk's script for PUTs of 100 bytes over a thousand keys. */
export const PUT_SCRIPT = `
wrk.method = "PUT"
wrk.body = string.rep("x", 100)
local n = 0
request = function() n = n + 1; return wrk.format(nil, "/v1/kv/bench/" .. (n % 1000)) end
`;

/** wrk's script for transactions of 64 sets. */
export const TXN_SCRIPT = `
wrk.method = "PUT"
local ops = {}
for i = 1, 64 do ops[i] = '{"KV":{"Verb":"set","Key":"txn/' .. i .. '","Value":"dmFsdWU="}}' end
wrk.body = "[" .. table.concat(ops, ",") .. "]"
`;
