import type { Http2Connection } from "./connection.js";

/**
 * Wires two cores back to back, with no socket between. Bytes travel in
 * microtasks, so that nobody is called from inside its own call. `nowMs` is the
 * time that both are told.
 */
export function linkInMemory(client: Http2Connection, server: Http2Connection, nowMs: () => number): void {
  const toServer = (): void => move(client, server, toClient, nowMs);
  const toClient = (): void => move(server, client, toServer, nowMs);
  client.onOutput = () => queueMicrotask(toServer);
  server.onOutput = () => queueMicrotask(toClient);
  queueMicrotask(toServer);
  queueMicrotask(toClient);
}

/** Everything that `from` has to say; then it is the other's turn, since `receive` leaves the looking to its driver. */
function move(from: Http2Connection, to: Http2Connection, answer: () => void, nowMs: () => number): void {
  let moved = false;
  for (let batch = from.takeOutput(); batch !== undefined; batch = from.takeOutput()) {
    for (const chunk of batch.chunks()) {
      to.receive(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength), 0, chunk.length, nowMs());
    }
    batch.recycle();
    moved = true;
  }
  if (from.ended) to.transportClosed("the other side ended the connection");
  if (moved) queueMicrotask(answer);
}
