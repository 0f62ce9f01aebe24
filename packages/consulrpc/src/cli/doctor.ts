import { type Consul, ConsulError, type HealthCheck } from "@consulrpc/consul";
import { timeOfDayMs } from "./clock.js";
import { type Command, ExitCode } from "./command/command.js";

export const command: Command = {
  name: "doctor",
  summary: "find what usually is wrong",
  usage: "",
  examples: ["doctor", "doctor --json"],
  flags: {},
  run: async ({ output, consul, environment }) => {
    const findings: Finding[] = [runtime(process.versions.node), ...addresses(consul(), environment), ...(await registry(consul()))];
    output.rows(
      findings.map((finding) => ({ ...finding })),
      ["state", "what", "found"],
      "nothing to look at",
    );
    return findings.some(({ state }) => state === "bad") ? ExitCode.FAILED : ExitCode.OK;
  },
};

interface Finding {
  readonly state: "good" | "odd" | "bad";
  readonly what: string;
  /** What was found, and where it is bad: what to do. */
  readonly found: string;
}

const NODE_MIN: readonly [number, number] = [20, 19];
/** More than this between our clock and Consul's makes tokens, certificates and session TTLs fail in odd ways. */
const CLOCK_SKEW_MS_MAX = 5_000;

function runtime(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const enough = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  return { state: enough ? "good" : "bad", what: "node", found: enough ? version : `${version}; ConsulRPC needs ${NODE_MIN.join(".")}` };
}

function addresses(consul: Consul, environment: Readonly<Record<string, string | undefined>>): Finding[] {
  const from = environment.CONSUL_HTTP_ADDR === undefined ? "the default" : "CONSUL_HTTP_ADDR";
  return [{ state: "good", what: "address", found: `${consul.address} (${from}, or --http-addr)` }];
}

async function registry(consul: Consul): Promise<Finding[]> {
  try {
    const self = await consul.agent.self();
    const version = String((self.Config as Readonly<Record<string, unknown>>).Version ?? "unknown");
    return [
      { state: "good", what: "agent", found: `answers, version ${version}` },
      await leader(consul),
      await clock(consul),
      await token(consul),
      ...(await checks(consul)),
    ];
  } catch (error) {
    if (!(error instanceof ConsulError)) throw error;
    const next = error.unreachable
      ? "start one (consulrpc agent -dev) or set CONSUL_HTTP_ADDR"
      : error.status === 403
        ? "set CONSUL_HTTP_TOKEN"
        : "look at its log";
    return [{ state: "bad", what: "agent", found: `${error.message}; ${next}` }];
  }
}

async function leader(consul: Consul): Promise<Finding> {
  const found = await consul.status.leader();
  if (found === "") return { state: "bad", what: "leader", found: "none: writes fail until the servers have elected one" };
  return { state: "good", what: "leader", found };
}

async function clock(consul: Consul): Promise<Finding> {
  const { headers } = await consul.requester.send({ method: "GET", path: "status/leader", parameters: {}, options: {} });
  const date = Array.isArray(headers.date) ? headers.date[0] : headers.date;
  if (date === undefined) return { state: "odd", what: "clock", found: "Consul tells no time" };
  const skewMs = Math.abs(Date.parse(date) - timeOfDayMs());
  const far = skewMs > CLOCK_SKEW_MS_MAX;
  return {
    state: far ? "odd" : "good",
    what: "clock",
    found: far ? `${Math.round(skewMs / 1000)} s apart from Consul's; set both by NTP` : "agrees with Consul's",
  };
}

async function token(consul: Consul): Promise<Finding> {
  try {
    await consul.catalog.services();
    return { state: "good", what: "token", found: "may read the catalog" };
  } catch (error) {
    if (!(error instanceof ConsulError) || error.status !== 403) throw error;
    return { state: "bad", what: "token", found: "may not read the catalog; set CONSUL_HTTP_TOKEN or --token to one with service:read" };
  }
}

async function checks(consul: Consul): Promise<Finding[]> {
  const failing = (await consul.health.state("any")).filter(({ Status }) => Status !== "passing");
  if (failing.length === 0) return [{ state: "good", what: "checks", found: "all pass" }];
  return failing.map((check) => ({
    state: check.Status === "warning" ? "odd" : "bad",
    what: `check ${check.CheckID}`,
    found: failure(check),
  }));
}

function failure({ Status, Output, ServiceName, Node }: HealthCheck): string {
  const subject = ServiceName === "" ? `node ${Node}` : `service ${ServiceName} on ${Node}`;
  return `${subject} is ${Status}: ${Output.trim() === "" ? "the check has not run yet" : Output.trim()}`;
}
