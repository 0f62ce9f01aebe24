/** UDP checks: silence passes; only a port that is refused (ICMP, seen on a connected socket) fails. */
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import { dialError, splitHostPort } from "../dial-error.js";
import { critical, type Probe, passing } from "../probe.js";

export function udpProbe(address: string): Probe {
  return async (signal) => {
    const target = splitHostPort(address);
    if (target === undefined) return critical(`dial udp: address ${address}: missing port in address`);
    const socket = createSocket(isIPv6(target.host) ? "udp6" : "udp4");
    try {
      await new Promise<void>((resolve, reject) => {
        // Nothing came back within the time: that is what a healthy listener looks like.
        signal.addEventListener("abort", () => resolve(), { once: true });
        socket.once("message", () => resolve()).on("error", reject);
        socket.connect(target.port, target.host, () => socket.send("", (error) => error && reject(error)));
      });
      return passing(`UDP connect ${address}: Success`);
    } catch (error) {
      const refused = (error as NodeJS.ErrnoException).code === "ECONNREFUSED";
      return critical(refused ? `read udp ${address}: read: connection refused` : dialError(error, "udp", address));
    } finally {
      socket.close();
    }
  };
}
