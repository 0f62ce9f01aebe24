/** The process around the agent: what the machine is called and where it is reached, and the signals that are sent to it. */
import { hostname, networkInterfaces } from "node:os";
import type { Machine } from "./agent-config.js";

export function thisMachine(): Machine {
  const interfaces = Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).map((entry) => ({ name, ...entry })),
  );
  const outside = interfaces.filter((entry) => !entry.internal && entry.family === "IPv4").map((entry) => entry.address);
  return {
    hostname: hostname(),
    privateAddresses: outside.filter(isPrivate),
    publicAddresses: outside.filter((address) => !isPrivate(address)),
    interfaceAddresses: (name) =>
      interfaces
        .filter((entry) => entry.name === name)
        .sort((a, b) => a.family.localeCompare(b.family))
        .map((entry) => entry.address),
  };
}

/** RFC 1918, and RFC 6598's shared space, as go-sockaddr counts them. */
function isPrivate(address: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(address);
}

export type StopSignal = "SIGINT" | "SIGTERM";

/** Calls back for the signals; the returned function lets go of them. */
export function onSignals(stop: (signal: StopSignal) => void, reload: () => void): () => void {
  const listeners = { SIGINT: () => stop("SIGINT"), SIGTERM: () => stop("SIGTERM"), SIGHUP: reload } as const;
  for (const [signal, listener] of Object.entries(listeners)) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of Object.entries(listeners)) process.off(signal, listener);
  };
}

export const processId: number = process.pid;
