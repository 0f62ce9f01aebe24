import type { RequestOptions } from "../http/requester.js";
import type { Read, ReadOptions } from "../read.js";
import { json } from "../read.js";
import { Family, list } from "./family.js";
import { bytes, type KVValue } from "./kv.js";

/** A user event. Events are hints: they can be lost, and come out of order. */
export interface UserEvent {
  readonly ID: string;
  readonly Name: string;
  readonly Payload: Buffer;
  readonly NodeFilter: string;
  readonly ServiceFilter: string;
  readonly TagFilter: string;
  readonly Version: number;
  readonly LTime: number;
}

export interface FireOptions extends RequestOptions {
  /** Regular expressions: who takes the event in. */
  readonly node?: string;
  readonly service?: string;
  readonly tag?: string;
}

export interface EventListOptions extends ReadOptions {
  readonly name?: string;
  readonly node?: string;
  readonly service?: string;
  readonly tag?: string;
}

type WireEvent = Omit<UserEvent, "Payload"> & { readonly Payload: string | null };

/** User events, spread by gossip. */
export class Event extends Family {
  /** The latest 256 that the agent has seen. Its index is no count: a watch wakes when it is another. */
  readonly list: Read<[], EventListOptions, UserEvent[]> = this.read(0, () => ({
    path: "event/list",
    parameters: ({ name, node, service, tag }) => ({ name, node, service, tag }),
    decode: (answer) => list<WireEvent>(answer).map(userEvent),
  }));

  async fire(name: string, payload: KVValue = "", options: FireOptions = {}): Promise<UserEvent> {
    const { node, service, tag } = options;
    const path = `event/fire/${encodeURIComponent(name)}`;
    return userEvent(
      json(await this.send({ method: "PUT", path, parameters: { node, service, tag }, body: bytes(payload), options })) as WireEvent,
    );
  }
}

function userEvent(wire: WireEvent): UserEvent {
  return { ...wire, Payload: Buffer.from(wire.Payload ?? "", "base64") };
}
