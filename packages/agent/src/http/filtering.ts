/** ?filter= for the rows of each endpoint. */
import type { Fields } from "../filter/field.js";
import { compileFilter as compileExpression, compileFilterLazily, FilterError } from "../filter/filter.js";
import {
  checkServiceNodeFields,
  healthCheckFields,
  memberFields,
  nodeFields,
  nodeInfoFields,
  nodeServiceFields,
  serviceNodeFields,
} from "../filter/row-types.js";
import { HttpError, type HttpRequest } from "./message.js";

/** The rows of an endpoint that may be filtered, and the status with which Consul refuses a bad expression there. */
const ROWS: Readonly<Record<string, Fields>> = {
  nodes: nodeFields,
  "catalog-services": serviceNodeFields,
  "service-nodes": serviceNodeFields,
  "node-services": nodeServiceFields,
  "health-checks": healthCheckFields,
  "node-info": nodeInfoFields,
  "health-services": checkServiceNodeFields,
  "agent-services": nodeServiceFields,
  "agent-checks": healthCheckFields,
  members: memberFields,
};

/** The test that ?filter= asks for; everything passes without one. */
export function compileFilter(request: HttpRequest, rows: keyof typeof ROWS): (row: unknown) => boolean {
  const expression = request.query.isEmpty ? "" : request.query.get("filter");
  if (expression === "") return () => true;
  const refuse = (error: unknown): never => {
    throw error instanceof FilterError ? new HttpError(500, error.message) : error;
  };
  try {
    const filter = rows === "agent-checks" ? compileFilterLazily(expression, ROWS[rows]!) : compileExpression(expression, ROWS[rows]!);
    return (row) => {
      try {
        return filter.matches(row);
      } catch (error) {
        return refuse(error);
      }
    };
  } catch (error) {
    return refuse(error);
  }
}
