import { spawn, spawnSync } from "node:child_process";

export interface Finished {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs a program to its end, within half a minute. */
export function run(command: string, args: readonly string[], input = ""): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { timeout: 30_000, stdio: ["pipe", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ exitCode: code ?? 1, output }));
    child.stdin.end(input);
  });
}

/** A Python that has grpcio and grpcio-tools: PYTHON_BIN, else python3. */
export function python(): string | undefined {
  const command = process.env.PYTHON_BIN ?? "python3";
  return spawnSync(command, ["-c", "import grpc, grpc_tools"]).status === 0 ? command : undefined;
}
