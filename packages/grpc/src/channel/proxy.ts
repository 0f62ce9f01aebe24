import type { Socket } from "node:net";
import type { HttpProxy } from "./proxy-environment.js";
import { openSocket } from "./socket.js";

/** The answer to CONNECT may be so long. */
const ANSWER_BYTES_MAX = 16 * 1024;

/** A tunnel to `address` through an HTTP proxy (RFC 9110 §9.3.6). */
export async function connectThroughProxy(proxy: HttpProxy, address: string, signal: AbortSignal): Promise<Socket> {
  const socket = await openSocket(proxy.host, proxy.port, signal);
  const authorization =
    proxy.credentials === undefined ? "" : `Proxy-Authorization: Basic ${Buffer.from(proxy.credentials).toString("base64")}\r\n`;
  socket.write(`CONNECT ${address} HTTP/1.1\r\nHost: ${address}\r\n${authorization}\r\n`);
  const answer = await readAnswer(socket, proxy, signal);
  const status = /^HTTP\/1\.[01] (\d{3})([^\r\n]*)/.exec(answer);
  if (status?.[1]?.startsWith("2")) return socket;
  socket.destroy();
  throw new Error(
    `proxy ${proxy.host}:${proxy.port} answered ${status === null ? "no HTTP" : `${status[1]}${status[2]}`} to CONNECT ${address}`,
  );
}

function readAnswer(socket: Socket, proxy: HttpProxy, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const done = (error: Error | undefined): void => {
      socket.off("data", onData).off("error", done).off("close", onClose);
      signal.removeEventListener("abort", onAbort);
      if (error === undefined) return resolve(answer);
      socket.destroy();
      reject(error);
    };
    const onData = (bytes: Buffer): void => {
      answer += bytes.toString("latin1");
      const end = answer.indexOf("\r\n\r\n");
      if (end >= 0) {
        // What follows belongs to the tunnel.
        const rest = Buffer.from(answer.slice(end + 4), "latin1");
        socket.pause();
        if (rest.length > 0) socket.unshift(rest);
        done(undefined);
      } else if (answer.length > ANSWER_BYTES_MAX)
        done(new Error(`proxy ${proxy.host}:${proxy.port} answers CONNECT with more than ${ANSWER_BYTES_MAX} bytes`));
    };
    const onClose = (): void => done(new Error(`proxy ${proxy.host}:${proxy.port} closed the connection`));
    const onAbort = (): void => done(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
    socket.on("data", onData).on("error", done).on("close", onClose);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
