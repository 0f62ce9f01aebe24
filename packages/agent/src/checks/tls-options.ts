import type { ConnectionOptions } from "node:tls";

export interface ProbeTls {
  readonly serverName: string;
  readonly skipVerify: boolean;
  /** The agent's own certificate and roots, where `enable_agent_tls_for_checks` says so. */
  readonly credentials?: { readonly key: string; readonly cert: string; readonly ca: string };
}

export function tlsOptions(tls: ProbeTls): ConnectionOptions {
  return {
    rejectUnauthorized: !tls.skipVerify,
    ...(tls.serverName === "" ? {} : { servername: tls.serverName }),
    ...tls.credentials,
  };
}
