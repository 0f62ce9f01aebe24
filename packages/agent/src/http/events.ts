/** /v1/event/ */

import type { UserEvent } from "../events/event-ring.js";
import { parseOptions } from "./blocking.js";
import { requestedDatacenter } from "./catalog.js";
import type { AgentContext } from "./context.js";
import { requireDatacenter } from "./datacenter.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";
import { badRequest, json } from "./reply.js";

/** Serf carries at most this much of a whole event; the payload and the names share it. */
const EVENT_BYTES_MAX = 512;

const WAIT_MS_MAX = 600_000;

export function eventFire(context: AgentContext, request: HttpRequest): HttpResponse {
  requireDatacenter(context, requestedDatacenter(request));
  const name = request.path.slice("/v1/event/fire/".length);
  if (name === "") throw badRequest("Missing name");
  const { query, body } = request;
  const filters = { NodeFilter: query.get("node"), ServiceFilter: query.get("service"), TagFilter: query.get("tag") };
  const problem = filterProblem(filters);
  if (problem !== undefined) throw new HttpError(500, problem);
  const event = { ID: context.uuid(), Name: name, Payload: body.length === 0 ? null : body.toString("base64"), ...filters };
  const size = body.length + name.length + filters.NodeFilter.length + filters.ServiceFilter.length + filters.TagFilter.length;
  if (size > EVENT_BYTES_MAX - EVENT_OVERHEAD_BYTES) {
    throw new HttpError(500, `error broadcasting event: user event exceeds configured limit of ${EVENT_BYTES_MAX} bytes before encoding`);
  }
  if (matchesHere(context, filters)) context.events.fire(event);
  // Firing only hands the event to the network; the answer knows no Lamport time yet.
  return json(request, context, { ...event, Version: 1, LTime: 0 });
}

/** What the encoding adds to the payload and names. */
const EVENT_OVERHEAD_BYTES = 100;

type Filters = Pick<UserEvent, "NodeFilter" | "ServiceFilter" | "TagFilter">;

function filterProblem(filters: Filters): string | undefined {
  if (filters.TagFilter !== "" && filters.ServiceFilter === "") return "Cannot provide tag filter without service filter";
  for (const [label, expression] of [
    ["node", filters.NodeFilter],
    ["service", filters.ServiceFilter],
    ["tag", filters.TagFilter],
  ] as const) {
    if (expression !== "" && compile(expression) === undefined) return `Invalid ${label} filter: error parsing regexp: \`${expression}\``;
  }
  return undefined;
}

/** Whether this node, its services and their tags are meant. */
function matchesHere(context: AgentContext, filters: Filters): boolean {
  if (filters.NodeFilter !== "" && compile(filters.NodeFilter)?.test(context.identity.nodeName) !== true) return false;
  if (filters.ServiceFilter === "") return true;
  const service = compile(filters.ServiceFilter);
  const tag = filters.TagFilter === "" ? undefined : compile(filters.TagFilter);
  return context.state.tables.localServices.values().some(({ service: { Service, Tags } }) => {
    if (service?.test(Service) !== true) return false;
    return tag === undefined || (Tags ?? []).some((one) => tag.test(one));
  });
}

function compile(expression: string): { test(text: string): boolean } | undefined {
  try {
    return new RegExp(expression, "u");
  } catch {
    return undefined;
  }
}

/** Waits while the newest event is the one that the client names by its index, which only ever compares for equality. */
export function eventList(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  const options = parseOptions(request);
  const name = request.query.get("name");
  const asked = request.query.get("index");
  const find = () => context.events.list().filter((event) => name === "" || event.Name === name);
  const indexNow = () => {
    const newest = find().at(-1);
    return newest === undefined ? "1" : String(eventIndex(newest.ID));
  };
  const reply = () => json(request, context, find(), ["X-Consul-Index", indexNow()]);
  if (asked === "" || asked === "0" || indexNow() !== asked) return reply();
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      cancelWatch();
      cancelTimer();
      forgetClose();
      context.blocked.delete(finish);
    };
    const finish = (): void => {
      stop();
      resolve(reply());
    };
    const cancelWatch = context.events.watch(() => {
      if (indexNow() !== asked) finish();
    });
    const cancelTimer = context.clock.after(Math.min(options.waitMs ?? WAIT_MS_MAX, WAIT_MS_MAX), finish);
    const forgetClose = request.onClose(() => {
      stop();
      reject(new HttpError(499, "the client went away"));
    });
    context.blocked.add(finish);
  });
}

/** The two halves of the id, exclusive-or. */
function eventIndex(id: string): bigint {
  const digits = id.replaceAll("-", "");
  return BigInt(`0x${digits.slice(0, 16)}`) ^ BigInt(`0x${digits.slice(16)}`);
}
