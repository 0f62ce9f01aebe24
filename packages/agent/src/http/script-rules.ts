import type { CheckDefinition } from "../checks/check-definition.js";
import type { AgentContext } from "./context.js";
import { HttpError, type HttpRequest } from "./message.js";

/** The remote address of what the agent's own files ask for. No client has it. */
export const OWN_FILES = "config";

interface Defined {
  /** A CheckDefinition, wherever it is kept. */
  readonly definition?: object | undefined;
}

/** Refuses checks that would run a program, unless the configuration allows them to whoever asks. */
export function requireScriptsAllowed({ scriptChecks }: AgentContext, request: HttpRequest, checks: readonly Defined[]): void {
  if (
    scriptChecks === "all" ||
    !checks.some(({ definition }) => ((definition as CheckDefinition | undefined)?.scriptArgs?.length ?? 0) > 0)
  )
    return;
  if (request.remoteAddress !== OWN_FILES) {
    throw new HttpError(500, "Scripts are disabled on this agent from remote calls; to enable, configure 'enable_script_checks' to true");
  }
  if (scriptChecks === "local") return;
  throw new HttpError(
    500,
    "Scripts are disabled on this agent; to enable, configure 'enable_script_checks' or 'enable_local_script_checks' to true",
  );
}
