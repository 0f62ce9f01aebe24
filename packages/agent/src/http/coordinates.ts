/** /v1/coordinate/ */
import type { Coordinate } from "../state/records.js";
import { answerQuery, parseOptions } from "./blocking.js";
import { done, plainListing, requestedDatacenter } from "./catalog.js";
import { text } from "./catalog-schema.js";
import type { AgentContext } from "./context.js";
import { requireDatacenter } from "./datacenter.js";
import { decodeBody, type Schema } from "./decode.js";
import type { HttpRequest, HttpResponse } from "./message.js";
import { empty, json } from "./reply.js";

/** Where a node is that has not talked to any other. */
export const ORIGIN: Readonly<Record<string, unknown>> = { Vec: [0, 0, 0, 0, 0, 0, 0, 0], Error: 1.5, Adjustment: 0, Height: 0.00001 };

const UPDATE: Schema = {
  fields: {
    Datacenter: "string",
    Node: "string",
    Segment: "string",
    Partition: "string",
    Coord: "any",
    Token: "string",
    WriteRequest: "any",
  },
};

export function coordinateDatacenters(context: AgentContext, request: HttpRequest): HttpResponse {
  const { nodeName, datacenter } = context.identity;
  const here = { Node: nodeName, Segment: "", Coord: ORIGIN };
  return json(request, context, [{ Datacenter: datacenter, AreaID: "wan", Coordinates: [here] }]);
}

export function coordinateNodes(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  const { tables } = context.state;
  return answerQuery(context, request, parseOptions(request), ["coordinates"], () =>
    plainListing(context, request, tables.maxIndex("coordinates"), inSegment(request, tables.coordinates.values())),
  );
}

export function coordinateNode(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  const node = request.path.slice("/v1/coordinate/node/".length).toLowerCase();
  const { tables } = context.state;
  return answerQuery(context, request, parseOptions(request), ["coordinates"], () => {
    const found = inSegment(request, tables.coordinates.values(`${node}\0`));
    const index = tables.maxIndex("coordinates");
    if (found.length === 0) return { index, found: false, reply: () => empty(404) };
    return plainListing(context, request, index, found);
  });
}

function inSegment(request: HttpRequest, coordinates: Coordinate[]): Coordinate[] {
  if (!request.query.has("segment")) return coordinates;
  const segment = request.query.get("segment");
  return coordinates.filter((coordinate) => coordinate.Segment === segment);
}

export function coordinateUpdate(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  const decoded = decodeBody(request.body, UPDATE);
  requireDatacenter(context, requestedDatacenter(request) || text(decoded.Datacenter));
  const coord = { ...ORIGIN, ...(decoded.Coord as Record<string, unknown> | undefined) };
  const update: Coordinate = { Node: text(decoded.Node), Segment: text(decoded.Segment), Coord: coord };
  return done(context.propose({ type: "coordinates", updates: [update] }), () => empty());
}
