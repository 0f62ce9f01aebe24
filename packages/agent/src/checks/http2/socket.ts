/** Checks over HTTP/2: a PING that is answered, and gRPC's health service (grpc/grpc, doc/health-checking.md). */
import type { ClientHttp2Session } from "node:http2";
import { isIP } from "node:net";
import { dialError } from "../dial-error.js";
import { critical, type Probe, passing } from "../probe.js";
import { type ProbeTls, tlsOptions } from "../tls-options.js";
import { decodeHealthStatus, encodeHealthRequest } from "./health-message.js";

/** A health answer has a few bytes; a peer that sends more is not one. */
const ANSWER_BYTES_MAX = 64 * 1024;

/** node:http2's NGHTTP2_CANCEL. */
const CANCEL = 8;

export function http2PingProbe(address: string, tls: ProbeTls | undefined): Probe {
  return async (signal) => {
    let session: ClientHttp2Session;
    try {
      session = await openSession(address, tls, signal);
    } catch (error) {
      return critical(`Failed to dial to ${address}: ${dialError(error, "tcp", address)}`);
    }
    try {
      await new Promise<void>((resolve, reject) => {
        whenGone(session, signal, reject);
        session.ping((error) => (error === null ? resolve() : reject(error)));
      });
      return passing("HTTP2 ping was successful");
    } catch (error) {
      return critical(`HTTP2 ping failed: ${(error as Error).message}`);
    } finally {
      session.destroy();
    }
  };
}

/** `address/service`: the service is optional. */
export function grpcHealthProbe(target: string, tls: ProbeTls | undefined): Probe {
  const slash = target.indexOf("/");
  const address = slash === -1 ? target : target.slice(0, slash);
  const service = slash === -1 ? "" : target.slice(slash + 1);
  return async (signal) => {
    let session: ClientHttp2Session | undefined;
    try {
      session = await openSession(address, tls, signal);
      const status = await askHealth(session, address, service, tls !== undefined, signal);
      if (status === "SERVING") return passing(`gRPC check ${target}: success`);
      return critical(`gRPC ${target} serving status: ${status}`);
    } catch (error) {
      return critical(error instanceof GrpcFailure ? error.message : unavailable(error, address));
    } finally {
      session?.destroy();
    }
  };
}

class GrpcFailure extends Error {}

function unavailable(error: unknown, address: string): string {
  if ((error as NodeJS.ErrnoException).code === "ABORT_ERR") return "rpc error: code = DeadlineExceeded desc = context deadline exceeded";
  const why = dialError(error, "tcp", address);
  return `rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: ${why}"`;
}

async function openSession(address: string, tls: ProbeTls | undefined, signal: AbortSignal): Promise<ClientHttp2Session> {
  const { connect } = await import("node:http2");
  const url = new URL(`${tls === undefined ? "http" : "https"}://${address}`);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const servername = tls !== undefined && isIP(host) === 0 ? { servername: host } : {};
  const session = connect(url, tls === undefined ? {} : { ...servername, ...tlsOptions(tls) });
  try {
    await new Promise<void>((resolve, reject) => {
      whenGone(session, signal, reject);
      // The peer's SETTINGS, not the bare connection, show that it speaks HTTP/2.
      session.once("remoteSettings", () => resolve());
    });
    return session;
  } catch (error) {
    session.destroy();
    throw error;
  }
}

function whenGone(session: ClientHttp2Session, signal: AbortSignal, reject: (error: Error) => void): void {
  signal.addEventListener("abort", () => reject(Object.assign(new Error("context deadline exceeded"), { code: "ABORT_ERR" })), {
    once: true,
  });
  session.on("error", reject);
  session.once("close", () => reject(Object.assign(new Error("connection closed"), { code: "ECONNRESET" })));
}

function askHealth(session: ClientHttp2Session, address: string, service: string, isTls: boolean, signal: AbortSignal): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    whenGone(session, signal, reject);
    const stream = session.request({
      ":method": "POST",
      ":scheme": isTls ? "https" : "http",
      ":authority": address,
      ":path": "/grpc.health.v1.Health/Check",
      "content-type": "application/grpc",
      "user-agent": "Consul Health Check",
      te: "trailers",
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let grpcStatus: string | undefined;
    let grpcMessage = "";
    const readStatus = (headers: Readonly<Record<string, unknown>>): void => {
      if (headers["grpc-status"] === undefined) return;
      grpcStatus = String(headers["grpc-status"]);
      grpcMessage = decodeMessage(String(headers["grpc-message"] ?? ""));
    };
    stream.on("response", readStatus).on("trailers", readStatus).on("error", reject);
    stream.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > ANSWER_BYTES_MAX) stream.close(CANCEL);
      else chunks.push(chunk);
    });
    stream.once("end", () => {
      if (grpcStatus === "0") resolve(decodeHealthStatus(Buffer.concat(chunks)));
      else reject(new GrpcFailure(`rpc error: code = ${CODES[Number(grpcStatus)] ?? "Unknown"} desc = ${grpcMessage}`));
    });
    stream.end(encodeHealthRequest(service));
  });
}

function decodeMessage(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

/** Go's names of gRPC's codes. */
const CODES: readonly string[] = [
  "OK",
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
];
