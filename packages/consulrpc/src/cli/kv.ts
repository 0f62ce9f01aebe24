import type { KVPair } from "@consulrpc/consul";
import { type Command, ExitCode, type Invocation, number, UsageError, wanted } from "./command/command.js";

export const command: Command = {
  name: "kv",
  summary: "read and write keys",
  usage: "get KEY | put KEY VALUE | delete KEY | list [PREFIX] | keys [PREFIX]",
  examples: ["kv put mykey myvalue", "kv get mykey", "kv put config - < config.json", "kv list app/ --json", "kv delete app/ --recurse"],
  flags: {
    cas: { type: "string", value: "INDEX", help: "put, delete: only if the key's ModifyIndex is this; 0: only if it does not exist" },
    flags: { type: "string", value: "N", help: "put: a number kept beside the value" },
    recurse: { type: "boolean", help: "delete: everything whose key begins so" },
    separator: { type: "string", value: "CHARACTER", help: "keys: cut behind it, as folders" },
  },
  run: (invocation) => {
    const [verb = "", ...rest] = invocation.positionals;
    const action = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
    if (action === undefined) throw new UsageError(verb === "" ? "what to do is missing" : `kv cannot ${JSON.stringify(verb)}`);
    return action(invocation, rest);
  },
};

const verbs: Readonly<Record<string, (invocation: Invocation, rest: readonly string[]) => Promise<number>>> = {
  get,
  put,
  delete: remove,
  list,
  keys,
};

/** Without --json the value comes out as it is, bytes and all, with a line's end only for people. */
async function get({ output, consul }: Invocation, rest: readonly string[]): Promise<number> {
  const [key = ""] = wanted(rest, "KEY");
  const pair = await consul().kv.get(key);
  if (pair === undefined) {
    output.remark(`no key ${JSON.stringify(key)}`);
    return ExitCode.NOT_FOUND;
  }
  if (output.json) output.line(JSON.stringify(shown(pair)));
  else {
    output.raw(pair.Value);
    if (output.isTerminal) output.raw("\n");
  }
  return ExitCode.OK;
}

async function put({ values, output, consul, stdin }: Invocation, rest: readonly string[]): Promise<number> {
  const [key = "", value = ""] = wanted(rest, "KEY", "VALUE");
  const [cas, flags] = [number(values, "cas"), number(values, "flags")];
  const body = value === "-" ? await stdin() : value;
  const done = await consul().kv.put(key, body, { ...(cas === undefined ? {} : { cas }), ...(flags === undefined ? {} : { flags }) });
  output.result({ key, written: done }, () => (done ? `${key} is written` : `${key} is not written: its index is not ${cas}`));
  return done ? ExitCode.OK : ExitCode.FAILED;
}

async function remove({ values, output, consul }: Invocation, rest: readonly string[]): Promise<number> {
  const [key = ""] = wanted(rest, "KEY");
  const cas = number(values, "cas");
  const done =
    values.recurse === true ? await consul().kv.removeTree(key) : await consul().kv.remove(key, cas === undefined ? {} : { cas });
  output.result({ key, deleted: done }, () => (done ? `${key} is deleted` : `${key} is not deleted: its index is not ${cas}`));
  return done ? ExitCode.OK : ExitCode.FAILED;
}

async function list({ output, consul }: Invocation, rest: readonly string[]): Promise<number> {
  const pairs = await consul().kv.list(rest[0] ?? "");
  output.rows(pairs.map(shown), ["key", "value", "index", "session"], "no keys");
  return ExitCode.OK;
}

async function keys({ values, output, consul }: Invocation, rest: readonly string[]): Promise<number> {
  const separator = values.separator;
  const found = await consul().kv.keys(rest[0] ?? "", typeof separator === "string" ? { separator } : {});
  output.result(found, () => found.join("\n"));
  return ExitCode.OK;
}

function shown({ Key, Value, Flags, ModifyIndex, Session }: KVPair) {
  return {
    key: Key,
    value: Value.toString("utf8"),
    flags: Number(Flags),
    index: ModifyIndex,
    ...(Session === undefined ? {} : { session: Session }),
  };
}
