import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProcessEnd, Shutdown } from "./shutdown.js";

function double(handledElsewhere = false): {
  end: ProcessEnd;
  codes: number[];
  signal: (name: "SIGTERM" | "SIGINT") => void;
  listening: () => boolean;
} {
  const codes: number[] = [];
  let handle: ((signal: "SIGTERM" | "SIGINT") => void) | undefined;
  const end: ProcessEnd = {
    onSignal(wanted) {
      handle = wanted;
      return () => {
        handle = undefined;
      };
    },
    handledElsewhere: () => handledElsewhere,
    exit: (code) => codes.push(code),
  };
  return { end, codes, signal: (name) => handle?.(name), listening: () => handle !== undefined };
}

test("Shutdown closes everything on a signal, then exits with 0", async () => {
  const { end, codes, signal } = double();
  const shutdown = new Shutdown(end);
  const closed: number[] = [];
  for (const one of [1, 2]) shutdown.add({ close: async () => void closed.push(one) });
  signal("SIGTERM");
  await new Promise(setImmediate);
  assert.deepEqual([closed, codes], [[1, 2], [0]]);
});

test("Shutdown ends at once on a second signal", () => {
  const { end, codes, signal } = double();
  new Shutdown(end).add({ close: () => new Promise(() => undefined) });
  signal("SIGINT");
  signal("SIGINT");
  assert.deepEqual(codes, [130]);
});

test("Shutdown leaves the exit to a program that handles the signal itself, and stops listening with the last server", async () => {
  const { end, codes, signal, listening } = double(true);
  const shutdown = new Shutdown(end);
  const one = { close: async () => undefined };
  shutdown.add(one);
  signal("SIGTERM");
  await new Promise(setImmediate);
  assert.deepEqual(codes, []);
  const other = double();
  const second = new Shutdown(other.end);
  second.add(one);
  second.remove(one);
  assert.equal(other.listening(), false);
  assert.equal(listening(), true);
});
