import { lookup } from "node:dns/promises";
import { connect, type Socket } from "node:net";

export { BlockList, isIP } from "node:net";

/** Every address of a host, as the system orders them. */
export async function lookupAddresses(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, order: "verbatim" });
  return found.map(({ address }) => address);
}

/** A plain TCP connection, once it is open. */
export function openSocket(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, signal });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
