import type { ListenOptions } from "@consulrpc/http2";
import { type ServerTls, tlsSource } from "../credentials/tls.js";

/** A server's TLS options as Node takes them, from the material of this moment. */
export function serverTlsOptions(tls: ServerTls): NonNullable<ListenOptions["tls"]> {
  const { key, certificate, roots } = tlsSource(tls.source).current();
  if (key === undefined || certificate === undefined) throw new TypeError("tls: a server needs both a key and a certificate");
  const asked = tls.clientCertificates ?? "none";
  if (asked === "require" && roots === undefined)
    throw new TypeError('tls: clientCertificates "require" needs roots to check them against');
  return {
    key,
    cert: certificate,
    ...(roots === undefined ? {} : { ca: roots as string }),
    requestCert: asked !== "none",
    rejectUnauthorized: asked === "require",
  };
}
