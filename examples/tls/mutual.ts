// Mutual TLS: each side shows a certificate, and the handler sees whose it was.
// node examples/dist/tls/mutual.js CA.pem CERT.pem KEY.pem

import { currentCall, type ServerCall, tlsFiles } from "@consulrpc/grpc";
import { connect, newServer } from "consulrpc";

const [roots, certificate, key] = process.argv.slice(2);
if (roots === undefined || certificate === undefined || key === undefined) throw new TypeError("usage: mutual.js CA.pem CERT.pem KEY.pem");

class Vault {
  whoAmI(): string {
    const call: ServerCall | undefined = currentCall();
    return call?.peerIdentity?.subject ?? "nobody I know";
  }
}

// The files are read again when they change: certificates are renewed without a restart.
const source = tlsFiles({ roots, certificate, key });
const tls = { source, clientCertificates: "require" } as const;
// Consul has no certificate for a gRPC check here: a TCP connection tells that the port answers.
await using server = await newServer("bank.Vault", new Vault()).serve({ server: { tls }, check: { kind: "tcp" } });
await using vault = connect<Vault>("bank.Vault", { tls: { source, serverName: "localhost" } });
console.log(`vault at ${server.address}`);
console.log(await vault.whoAmI());
