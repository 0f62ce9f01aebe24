/**
 * /v1/connect/ and /v1/agent/connect/: the CA's roots, and the places where leaf certificates and intentions will be.
 */

import { queryHeaders } from "./blocking.js";
import { requestedDatacenter } from "./catalog.js";
import type { AgentContext, CaRoot } from "./context.js";
import { requireDatacenter } from "./datacenter.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";
import { json } from "./reply.js";

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

export function caConfiguration(context: AgentContext, request: HttpRequest): HttpResponse {
  requireDatacenter(context, requestedDatacenter(request));
  if (request.method === "PUT") throw new HttpError(501, "changing the certificate authority is not built in yet");
  const body = {
    Provider: "consul",
    Config: { IntermediateCertTTL: "8760h", LeafCertTTL: "72h", RootCertTTL: "87600h" },
    State: null,
    ForceWithoutCrossSigning: false,
    CreateIndex: 1,
    ModifyIndex: 1,
  };
  return json(request, context, body);
}

export function leafCertificate(_context: AgentContext, _request: HttpRequest): HttpResponse {
  throw new HttpError(501, "leaf certificates are not built in yet");
}
