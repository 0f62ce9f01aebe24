import type { TLSSocket } from "node:tls";
import type { PeerIdentity } from "./tls.js";

export type { PeerIdentity };

/** The certificate that the peer showed; undefined when it showed none. */
export function peerIdentity(socket: TLSSocket): PeerIdentity | undefined {
  const certificate = socket.getPeerX509Certificate?.();
  if (certificate === undefined) return undefined;
  return {
    subject: certificate.subject.split("\n").join(","),
    alternativeNames: certificate.subjectAltName?.split(", ") ?? [],
    fingerprint256: certificate.fingerprint256,
    raw: certificate.raw,
    authorized: socket.authorized,
  };
}
