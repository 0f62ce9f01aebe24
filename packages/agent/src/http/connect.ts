/**
 * /v1/connect/ and /v1/agent/connect/: the CA's roots, and the places where leaf certificates and intentions will be.
 */

import { queryHeaders } from "./blocking.js";
import { done, requestedDatacenter } from "./catalog.js";
import { text } from "./catalog-schema.js";
import type { AgentContext, CaRoot } from "./context.js";
import { requireDatacenter } from "./datacenter.js";
import { decodeBody, type Schema } from "./decode.js";
import { sortedMap } from "./go-json.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";
import { empty, json } from "./reply.js";

export async function caRoots(context: AgentContext, request: HttpRequest): Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  if (context.caRoot === undefined) throw new HttpError(500, CONNECT_OFF);
  const root = await context.caRoot();
  if (request.query.get("pem") !== "") {
    return { status: 200, headers: ["Content-Type", "application/pem-certificate-chain"], body: root.RootCert };
  }
  const body = { ActiveRootID: root.ID, TrustDomain: root.TrustDomain, Roots: [rootView(root)] };
  return json(request, context, body, queryHeaders(root.ModifyIndex, ""));
}

const CONNECT_OFF = "Connect must be enabled in order to use this endpoint";

function rootView({ TrustDomain: _trust, ...root }: CaRoot): unknown {
  return root;
}

const CA_DEFAULTS = {
  Provider: "consul",
  Config: { IntermediateCertTTL: "8760h", LeafCertTTL: "72h", RootCertTTL: "87600h" },
  State: null,
  ForceWithoutCrossSigning: false,
} as const;

const CA_CONFIG: Schema = {
  fields: {
    Provider: "string",
    Config: "any",
    State: "any",
    ForceWithoutCrossSigning: "bool",
    CreateIndex: "uint64",
    ModifyIndex: "uint64",
    ClusterID: "string",
  },
};

/** The settings are kept and shown; the root that is in use stays, whatever they say. */
export function caConfiguration(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  const known = context.state.tables.settings.get("connect-ca");
  if (request.method === "GET") return json(request, context, known ?? { ...CA_DEFAULTS, CreateIndex: 1, ModifyIndex: 1 });
  const decoded = decodeBody(request.body, CA_CONFIG);
  const provider = text(decoded.Provider);
  if (provider !== "consul") throw new HttpError(500, `unknown CA provider ${JSON.stringify(provider)}`);
  const config = (decoded.Config as Record<string, unknown> | undefined) ?? {};
  const state = (config.test_state as Record<string, unknown> | undefined) ?? null;
  const value = {
    Provider: provider,
    Config: sortedMap(config),
    State: state,
    ForceWithoutCrossSigning: decoded.ForceWithoutCrossSigning === true,
  };
  return done(context.propose({ type: "setting-set", name: "connect-ca", value, cas: undefined }), () => empty());
}

export function leafCertificate(_context: AgentContext, _request: HttpRequest): HttpResponse {
  throw new HttpError(501, "leaf certificates are not built in yet");
}
