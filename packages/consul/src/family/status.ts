import type { Read, ReadOptions } from "../read.js";
import { Family, list } from "./family.js";

/** What the servers know of their own consensus. */
export class Status extends Family {
  /** "host:port" of the leader; "" when there is none. */
  readonly leader: Read<[], ReadOptions, string> = this.read(0, () => ({ path: "status/leader", blocks: "none" }));
  readonly peers: Read<[], ReadOptions, string[]> = this.read(0, () => ({ path: "status/peers", blocks: "none", decode: list<string> }));
}
