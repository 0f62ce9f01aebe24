/** Sessions: what they depend on, and what happens to the locks when they end. */
import { ensureCheck } from "./checks.js";
import { StateError } from "./command.js";
import { deleteKey, setKey } from "./kv.js";
import type { Session } from "./records.js";
import { checksOf, instanceKey, type Tables } from "./tables.js";

const LOCK_DELAY_MS_MAX = 60_000;

export function createSession(tables: Tables, index: number, session: Session): void {
  if (session.ID === "") throw new StateError("Missing session ID");
  const behavior = session.Behavior === "" ? "release" : session.Behavior;
  if (behavior !== "release" && behavior !== "delete") throw new StateError(`Invalid session behavior: ${behavior}`);
  if (tables.nodes.get(session.Node.toLowerCase()) === undefined) throw new StateError("Missing node registration");
  for (const id of checksOf(session)) requireHealthy(tables, session.Node, id);
  const stored: Session = { ...session, Behavior: behavior, CreateIndex: index, ModifyIndex: index };
  tables.sessions.set(session.ID, stored);
  tables.setIndex("sessions", index);
  updateSessionChecks(tables, index, stored, "passing");
}

/** Ends a session; ending a missing one is no error. Its keys are released or deleted and may not be locked for a while. */
export function destroySession(tables: Tables, index: number, id: string, nowMs: number): void {
  const session = tables.sessions.get(id);
  if (session === undefined) return;
  tables.sessions.delete(id);
  tables.setIndex("sessions", index);
  const delayMs = Math.min(session.LockDelay / 1e6, LOCK_DELAY_MS_MAX);
  for (const entry of tables.keysOfSession.of(id)) {
    if (session.Behavior === "delete") deleteKey(tables, index, entry.Key);
    else setKey(tables, index, { ...entry, Session: "" }, true);
    if (delayMs > 0) tables.lockDelays.set(entry.Key, { untilMs: nowMs + delayMs });
  }
  for (const query of tables.queries.values()) {
    if (query.Session === id) deleteQueryRow(tables, index, query.ID);
  }
  updateSessionChecks(tables, index, session, "critical");
}

export function deleteQueryRow(tables: Tables, index: number, id: string): void {
  if (tables.queries.get(id) === undefined) return;
  tables.queries.delete(id);
  tables.setIndex("prepared-queries", index);
}

/** Ends the sessions that depend on a check. */
export function destroySessionsOfCheck(tables: Tables, index: number, node: string, checkId: string, nowMs: number): void {
  for (const session of tables.sessionsByCheck.of(instanceKey(node, checkId))) destroySession(tables, index, session.ID, nowMs);
}

function requireHealthy(tables: Tables, node: string, id: string): void {
  const check = tables.checks.get(instanceKey(node, id));
  if (check === undefined) throw new StateError(`Missing check '${id}' registration`);
  if (check.Status === "critical" && check.Type !== "session") throw new StateError(`Check '${id}' is in critical state`);
}

/** Checks of type "session" mirror the session they name. */
function updateSessionChecks(tables: Tables, index: number, session: Session, status: string): void {
  for (const check of tables.checks.values(`${session.Node.toLowerCase()}\0`)) {
    if (check.Type !== "session" || check.Definition.SessionName !== session.Name) continue;
    const output = status === "passing" ? `Session '${session.ID}' in force` : `Session '${session.ID}' is invalid`;
    ensureCheck(tables, index, { ...check, Status: status, Output: output }, 0);
  }
}
