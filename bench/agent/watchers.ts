import { connect, type Socket } from "node:net";
import type { Contestant } from "../harness/case.js";
import { put, type Server } from "./contestants.js";

/** Blocking queries open at once, each on a connection of its own; the longest wait that Consul grants. */
const WAIT = "9m";
const CONNECTIONS_AT_ONCE = 200;

interface Watcher {
  /** Sends a blocking query; resolves with the answer's index. */
  ask(index: string): Promise<string>;
  close(): void;
}

async function openWatcher(server: Server, path: string): Promise<Watcher> {
  const socket: Socket = connect({ host: "127.0.0.1", port: server.port, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  let received = "";
  let told: (index: string) => void = () => {};
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1");
    const head = received.indexOf("\r\n\r\n");
    if (head < 0) return;
    const length = Number(/^content-length: (\d+)/im.exec(received)?.[1] ?? 0);
    if (received.length < head + 4 + length) return;
    const index = /^x-consul-index: (\d+)/im.exec(received)?.[1] ?? "";
    received = "";
    told(index);
  });
  return {
    ask: (index) =>
      new Promise((resolve) => {
        told = resolve;
        socket.write(`GET ${path}?wait=${WAIT}&index=${index} HTTP/1.1\r\nHost: bench\r\n\r\n`);
      }),
    close: () => socket.destroy(),
  };
}

async function openWatchers(server: Server, paths: readonly string[]): Promise<Watcher[]> {
  const watchers: Watcher[] = [];
  for (let at = 0; at < paths.length; at += CONNECTIONS_AT_ONCE) {
    watchers.push(...(await Promise.all(paths.slice(at, at + CONNECTIONS_AT_ONCE).map((path) => openWatcher(server, path)))));
  }
  return watchers;
}

/** Milliseconds from a write to the last of `count` watchers of its key having been told. */
export async function lastTold(server: Server, count: number): Promise<Contestant> {
  const url = `${server.url}/v1/kv/watched`;
  await put(url, "0");
  const watchers = await openWatchers(server, Array(count).fill("/v1/kv/watched"));
  let index = (await fetch(url)).headers.get("x-consul-index") ?? "1";
  let written = 0;
  return {
    round: async () => {
      const told = watchers.map((watcher) => watcher.ask(index));
      await settle(server);
      const startedMs = performance.now();
      written++;
      await put(url, String(written));
      const indexes = await Promise.all(told);
      const tookMs = performance.now() - startedMs;
      if (indexes.some((one) => one === index || one === "")) throw new Error("a watcher returned without a change");
      index = indexes[0]!;
      return tookMs;
    },
    close: async () => {
      for (const watcher of watchers) watcher.close();
      await server.stop();
    },
  };
}

/** Writes a second to one key, one after the other, while `count` others are being watched. */
export async function writesBeside(server: Server, count: number): Promise<Contestant> {
  await put(`${server.url}/v1/kv/unwatched`, "0");
  const paths = Array.from({ length: count }, (_, at) => `/v1/kv/watched/${at}`);
  const watchers = await openWatchers(server, paths);
  // From the index that an absent key has now: with a lower one the query would be answered at once.
  const index = (await fetch(`${server.url}/v1/kv/watched/0`)).headers.get("x-consul-index") ?? "1";
  let told = 0;
  for (const watcher of watchers) {
    void watcher.ask(index).then(() => {
      told++;
    });
  }
  await settle(server);
  return {
    round: async (durationMs) => {
      const until = performance.now() + durationMs;
      const startedMs = performance.now();
      let writes = 0;
      while (performance.now() < until) {
        await put(`${server.url}/v1/kv/unwatched`, String(writes));
        writes++;
      }
      if (told > 0) throw new Error(`${told} watchers were told of a key that is not theirs`);
      return (writes * 1000) / (performance.now() - startedMs);
    },
    close: async () => {
      for (const watcher of watchers) watcher.close();
      await server.stop();
    },
  };
}

/** What was sent before has been read when a later request is answered, on a server that takes turns; twice, for one that does not. */
async function settle(server: Server): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await (await fetch(`${server.url}/v1/status/leader`)).text();
}
