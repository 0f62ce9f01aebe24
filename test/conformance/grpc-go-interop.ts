import { readFileSync } from "node:fs";
import { createServer as createTcpServer } from "node:net";
import { type ChannelOptions, createChannel } from "@consulrpc/grpc";
import { requireForeignProgram, selfSigned } from "@consulrpc/tools";
import type { SuiteResult } from "../suite.js";
import type { TlsFiles } from "../suites/hello-server.js";
import { clientCases } from "../suites/interop/client-cases.js";
import { Score } from "../suites/interop/score.js";
import { RunningProgram, runProgram } from "../suites/program.js";

const CASE_TIMEOUT_MS = 30_000;

/** Cases of grpc-go's client that need a cloud, a load balancer or a service that is not gRPC's own. */
const OUT_OF_REACH: Readonly<Record<string, string>> = {
  "compute_engine_creds, service_account_creds, jwt_token_creds, oauth2_auth_token, per_rpc_creds": "need Google's identity servers",
  "google_default_credentials, compute_engine_channel_credentials": "need Google's metadata server",
  pick_first_unary: "needs several servers behind one name; the balancers have their own suite",
  "orca_per_rpc, orca_oob": "load reports are the balancers' part",
};

/** grpc-go's interop client against our server, and our client against its server: plaintext, TLS, and with gzip. */
export async function run(): Promise<SuiteResult> {
  const score = new Score();
  const tls = selfSigned();
  for (const files of [undefined, tls]) {
    await goClient(score, files, "identity");
    await goServer(score, files, "identity");
  }
  await goClient(score, undefined, "gzip");
  for (const [name, reason] of Object.entries(OUT_OF_REACH)) score.skip(name, reason);
  score.skip("our client with gzip", "grpc-go's interop server registers no compressor");
  return score.result("grpc-go-interop");
}

/** `compression` is what our server answers with; the Go client accepts it and its cases check what arrives. */
async function goClient(score: Score, tls: TlsFiles | undefined, compression: string): Promise<void> {
  const program = requireForeignProgram("grpc-go-interop-client");
  const serverFile = new URL("../suites/interop/server.js", import.meta.url).pathname;
  const flags = tls === undefined ? [] : ["--cert", tls.cert, "--key", tls.key];
  const { running, match } = await RunningProgram.start(
    process.execPath,
    [serverFile, "--compression", compression, ...flags],
    /^ready (\d+)$/,
  );
  await using _ = running;
  const target = ["--server_host=127.0.0.1", `--server_port=${match[1]}`];
  const security = tls === undefined ? [] : ["--use_tls", "--use_test_ca", `--ca_file=${tls.cert}`, "--server_host_override=localhost"];
  for (const name of Object.keys(clientCases)) {
    await score.run(`go client, our server, ${variant(tls, compression)}: ${name}`, async () => {
      const { code, output } = await runProgram(program, [...target, ...security, `--test_case=${name}`], { timeoutMs: CASE_TIMEOUT_MS });
      if (code !== 0) throw new Error(`ended with ${code}: ${output}`);
    });
  }
}

async function goServer(score: Score, tls: TlsFiles | undefined, compression: string): Promise<void> {
  const port = await freePort();
  const flags = tls === undefined ? [] : ["-use_tls", `-tls_cert_file=${tls.cert}`, `-tls_key_file=${tls.key}`];
  await using _ = RunningProgram.launch(requireForeignProgram("grpc-go-interop-server"), [`-port=${port}`, ...flags]);
  const options: ChannelOptions = {
    compression,
    waitForReady: true,
    ...(tls === undefined ? {} : { tls: { source: { roots: readFileSync(tls.cert) }, serverName: "localhost" } }),
  };
  for (const [name, body] of Object.entries(clientCases)) {
    await score.run(`our client, go server, ${variant(tls, compression)}: ${name}`, async () => {
      await using channel = createChannel(`127.0.0.1:${port}`, options);
      await channel.ready(AbortSignal.timeout(CASE_TIMEOUT_MS));
      await within(CASE_TIMEOUT_MS, body(channel));
    });
  }
}

function variant(tls: TlsFiles | undefined, compression: string): string {
  return `${tls === undefined ? "plaintext" : "TLS"}${compression === "identity" ? "" : ` ${compression}`}`;
}

async function within<T>(limitMs: number, body: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([body, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The Go server prints no port, so that it cannot be given 0. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createTcpServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
