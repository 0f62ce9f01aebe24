/** What the system's codes mean to people. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  ETIMEDOUT: "timed out",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
  ENOTFOUND: "host not found",
  EAI_AGAIN: "host lookup failed",
  ENOENT: "no such socket",
  EACCES: "permission denied",
  CERT_HAS_EXPIRED: "certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "self-signed certificate",
};

/** Why an attempt to connect failed, in a few words. */
export function connectFailure(error: unknown): string {
  // Node races the addresses of a name, and reports all failures together.
  if (error instanceof AggregateError && error.errors.length > 0) return connectFailure(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: string };
  return (code === undefined ? undefined : WORDS[code]) ?? error.message;
}
