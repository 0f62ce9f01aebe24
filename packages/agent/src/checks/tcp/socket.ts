/** TCP checks: whoever accepts (and, with TLS, shakes hands) passes. */
import { connect, isIP, type Socket } from "node:net";
import { dialError, splitHostPort } from "../dial-error.js";
import { critical, type Probe, passing } from "../probe.js";
import { type ProbeTls, tlsOptions } from "../tls-options.js";

export function tcpProbe(address: string, tls: ProbeTls | undefined): Probe {
  const kind = tls === undefined ? "TCP" : "TCP+TLS";
  return async (signal) => {
    const target = splitHostPort(address);
    if (target === undefined) return critical(`dial tcp: address ${address}: missing port in address`);
    const socket = tls === undefined ? connect(target) : await connectTls(target, tls);
    try {
      await new Promise<void>((resolve, reject) => {
        signal.addEventListener("abort", () => reject(Object.assign(new Error("timeout"), { code: "ABORT_ERR" })), { once: true });
        socket.once(tls === undefined ? "connect" : "secureConnect", resolve).on("error", reject);
      });
      return passing(`${kind} connect ${address}: Success`);
    } catch (error) {
      return critical(dialError(error, "tcp", address));
    } finally {
      socket.destroy();
    }
  };
}

async function connectTls(target: { readonly host: string; readonly port: number }, tls: ProbeTls): Promise<Socket> {
  const { connect: connectWithTls } = await import("node:tls");
  const servername = isIP(target.host) === 0 ? { servername: target.host } : {};
  return connectWithTls({ ...target, ...servername, ...tlsOptions(tls) });
}
