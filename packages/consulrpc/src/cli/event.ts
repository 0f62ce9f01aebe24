import { type Command, ExitCode, type Invocation, text, UsageError, wanted } from "./command/command.js";

interface UserEvent {
  readonly ID: string;
  readonly Name: string;
  readonly Payload: string | null;
  readonly LTime: number;
}

export const command: Command = {
  name: "event",
  summary: "fire an event, or list the last ones",
  usage: "fire NAME [PAYLOAD] | list [NAME]",
  examples: ["event fire deploy v2", "event list deploy --json"],
  flags: { service: { type: "string", value: "NAME", help: "fire: only nodes with this service" } },
  run: (invocation) => {
    const [verb = "", ...rest] = invocation.positionals;
    if (verb === "fire") return fire(invocation, rest);
    if (verb === "list") return list(invocation, rest[0]);
    throw new UsageError(verb === "" ? "fire or list is missing" : `event cannot ${JSON.stringify(verb)}`);
  },
};

async function fire({ values, output, consul }: Invocation, rest: readonly string[]): Promise<number> {
  const [name = "", payload = ""] = rest.length < 2 ? [...wanted(rest, "NAME"), ""] : wanted(rest, "NAME", "PAYLOAD");
  const answer = await consul().requester.send({
    method: "PUT",
    path: `event/fire/${encodeURIComponent(name)}`,
    parameters: { service: text(values, "service") },
    body: Buffer.from(payload),
    options: {},
  });
  const { ID } = JSON.parse(answer.body.toString("utf8")) as UserEvent;
  output.result({ id: ID, name }, () => `${name} is fired, ${ID}`);
  return ExitCode.OK;
}

async function list({ output, consul }: Invocation, name: string | undefined): Promise<number> {
  const answer = await consul().requester.send({ method: "GET", path: "event/list", parameters: { name }, options: {} });
  const events = JSON.parse(answer.body.toString("utf8")) as UserEvent[];
  const rows = events.map(({ ID, Name, Payload, LTime }) => ({
    id: ID,
    name: Name,
    time: LTime,
    payload: Buffer.from(Payload ?? "", "base64").toString("utf8"),
  }));
  output.rows(rows, ["id", "name", "time", "payload"], "no events");
  return ExitCode.OK;
}
