import type { CallCredentials } from "./call-credentials.js";
import { postForm } from "./socket.js";
import { bearerToken, type Token, type TokenOptions } from "./token.js";

export interface OAuth2Options extends Omit<TokenOptions, "scheme"> {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes?: readonly string[];
  /** Some servers ask for it. @default none */
  readonly audience?: string;
  /** Where the server wants id and secret. @default "header", as RFC 6749 §2.3.1 prefers */
  readonly authentication?: "header" | "body";
  /** @default 10 s */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;

/** Tokens of the client credentials grant (RFC 6749 §4.4), fetched once for all waiting calls and renewed before they expire. */
export function oauth2ClientCredentials(options: OAuth2Options): CallCredentials {
  return bearerToken(() => fetchToken(options), options);
}

async function fetchToken(options: OAuth2Options): Promise<Token> {
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  if (options.scopes !== undefined) form.set("scope", options.scopes.join(" "));
  if (options.audience !== undefined) form.set("audience", options.audience);
  const headers: Record<string, string> = { accept: "application/json" };
  if (options.authentication === "body") {
    form.set("client_id", options.clientId);
    form.set("client_secret", options.clientSecret);
  } else {
    const pair = `${formEncode(options.clientId)}:${formEncode(options.clientSecret)}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
  }
  const { status, body } = await postForm(options.tokenUrl, form, headers, options.timeoutMs ?? TIMEOUT_MS);
  const answer = parse(body);
  if (status !== 200 || typeof answer.access_token !== "string") {
    const why = answer.error === undefined ? "" : `: ${answer.error} ${answer.error_description ?? ""}`;
    throw new Error(`${options.tokenUrl} gave no token (HTTP ${status})${why.trimEnd()}`);
  }
  const seconds = Number(answer.expires_in);
  return Number.isFinite(seconds) && seconds > 0
    ? { value: answer.access_token, expiresInMs: seconds * 1_000 }
    : { value: answer.access_token };
}

interface TokenAnswer {
  readonly access_token?: unknown;
  readonly expires_in?: unknown;
  readonly error?: string;
  readonly error_description?: string;
}

function parse(body: string): TokenAnswer {
  try {
    const answer: unknown = JSON.parse(body);
    return typeof answer === "object" && answer !== null ? answer : {};
  } catch {
    // The error below names the status, which says more than a syntax error.
    return {};
  }
}

/** RFC 6749 appendix B. */
function formEncode(text: string): string {
  return new URLSearchParams({ v: text }).toString().slice("v=".length);
}
