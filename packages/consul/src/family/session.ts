import type { RequestOptions } from "../http/requester.js";
import type { Read, ReadOptions } from "../read.js";
import { json } from "../read.js";
import { Family, list } from "./family.js";

export interface SessionDefinition {
  /** @default the node of the agent asked */
  readonly Node?: string;
  readonly Name?: string;
  /** 0 to 60 seconds: how long nobody else may take the session's locks after it was lost. @default "15s" */
  readonly LockDelay?: string;
  /** "10s" to "24h"; Consul may take twice as long to notice. @default none: lives until a check fails */
  readonly TTL?: string;
  /** What becomes of the keys it holds. @default "release" */
  readonly Behavior?: "release" | "delete";
  /** Node checks that must pass. @default ["serfHealth"] */
  readonly NodeChecks?: readonly string[];
  readonly ServiceChecks?: readonly { readonly ID: string; readonly Namespace?: string }[];
  /** The older form of NodeChecks. */
  readonly Checks?: readonly string[];
}

export interface SessionEntry {
  readonly ID: string;
  readonly Name: string;
  readonly Node: string;
  /** Nanoseconds. */
  readonly LockDelay: number;
  readonly Behavior: "release" | "delete";
  readonly TTL: string;
  readonly NodeChecks: readonly string[] | null;
  readonly ServiceChecks: readonly { readonly ID: string; readonly Namespace?: string }[] | null;
  readonly Checks?: readonly string[] | null;
  readonly Namespace?: string;
  readonly Partition?: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

/** Sessions: what locks are held by. `openSession` keeps one alive. */
export class Session extends Family {
  /** Undefined: there is none (any more). */
  readonly info: Read<[id: string], ReadOptions, SessionEntry | undefined> = this.read(1, (id) => ({
    path: `session/info/${encodeURIComponent(id)}`,
    decode: (answer) => list<SessionEntry>(answer)[0],
  }));

  readonly list: Read<[], ReadOptions, SessionEntry[]> = this.read(0, () => ({ path: "session/list", decode: list<SessionEntry> }));

  readonly node: Read<[name: string], ReadOptions, SessionEntry[]> = this.read(1, (name) => ({
    path: `session/node/${encodeURIComponent(name)}`,
    decode: list<SessionEntry>,
  }));

  /** The new session's id. */
  async create(definition: SessionDefinition = {}, options?: RequestOptions): Promise<string> {
    return (await this.write<{ ID: string }>("session/create", definition, options, {}, false)).ID;
  }

  destroy(id: string, options?: RequestOptions): Promise<boolean> {
    return this.write(`session/destroy/${encodeURIComponent(id)}`, undefined, options);
  }

  /** Undefined: the session is gone. */
  async renew(id: string, options: RequestOptions = {}): Promise<SessionEntry | undefined> {
    const path = `session/renew/${encodeURIComponent(id)}`;
    const answer = await this.send({ method: "PUT", path, idempotent: true, accept: [404], options });
    return answer.status === 404 ? undefined : (json(answer) as SessionEntry[])[0];
  }
}
