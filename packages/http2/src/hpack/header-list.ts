import type { HeaderBlock } from "../connection-listener.js";

/** What a list was checked to be (message/): the check runs once for a block that repeats. */
export type MessagePart = "request" | "response" | "trailers";

/** A decoded header list with what this library derives from it. */
export class HeaderList implements HeaderBlock {
  readonly fields: string[] = [];
  memo: unknown = undefined;
  /** Size as RFC 9113 §6.5.2 counts it. */
  sizeBytes = 0;
  /** A limit on size or fields was passed: `fields` is empty. */
  tooLarge = false;
  checkedAs: MessagePart | undefined = undefined;
  /** Why the list is malformed as `checkedAs`; empty when it is not. */
  fault = "";
  /** A response's :status. */
  status = 0;
  /** -1 without a content-length. */
  contentLength = -1;

  get(name: string): string | undefined {
    const fields = this.fields;
    for (let at = 0; at < fields.length; at += 2) {
      if (fields[at] === name) return fields[at + 1];
    }
    return undefined;
  }
}
