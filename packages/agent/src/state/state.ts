/**
 * The agent's state machine: commands in, results out, watchers told. No clock, no randomness, no I/O, so a log of commands
 * applied to an empty state always gives the same state.
 *
 *     command ──▶ index + 1 ──▶ tables change, journal records ──▶ commit: watchers wake
 *                                                  └─ refused ───▶ roll back: nothing happened
 */

import { deleteCheck } from "./checks.js";
import { type Command, type CommandResult, StateError } from "./command.js";
import { deleteConfigEntry, setConfigEntry } from "./config-entries.js";
import { applyKv, reapTombstones } from "./kv.js";
import { deleteLocalCheck, deleteLocalService, setLocalCheck, setLocalCheckStatus, setLocalService, syncLocal } from "./local.js";
import { deleteNode } from "./nodes.js";
import { setQuery } from "./queries.js";
import { register } from "./registration.js";
import { deleteService } from "./services.js";
import { createSession, deleteQueryRow, destroySession } from "./sessions.js";
import { Tables } from "./tables.js";
import { applyTxn } from "./txn.js";
import { Watches } from "./watches.js";

/** Consul's own first entries (leadership, CA, autopilot) take about as many indexes before a client sees any. */
const FIRST_INDEX = 10;

export class State {
  readonly tables: Tables = new Tables();
  readonly watches: Watches = new Watches();
  #index = FIRST_INDEX;

  /** The index of the last command. */
  get index(): number {
    return this.#index;
  }

  /**
   * Applies one command. A refused one consumes its index and changes nothing.
   *
   * @throws StateError when the command is refused.
   */
  apply(command: Command): CommandResult {
    this.#index++;
    const { journal } = this.tables;
    try {
      const result = this.#dispatch(command, this.#index);
      if (typeof result === "object" && result.errors.length > 0) journal.rollBack();
      else journal.commit(this.#touch, this.#touchKey);
      return result;
    } catch (error) {
      journal.rollBack();
      throw error;
    }
  }

  /** For restoring a snapshot. */
  restoreIndex(index: number): void {
    this.#index = index;
  }

  /** Makes restored rows final and wakes everybody. */
  settleRestored(): void {
    this.tables.journal.commit(
      () => {},
      () => {},
    );
    this.watches.touchAll();
  }

  readonly #touch = (topic: string): void => this.watches.touch(topic);
  readonly #touchKey = (key: string): void => this.watches.touchKey(key);

  #dispatch(command: Command, index: number): CommandResult {
    const { tables } = this;
    const { nowMs } = command;
    switch (command.type) {
      case "kv":
        return applyKv(tables, index, command, nowMs);
      case "txn":
        return applyTxn(tables, index, command.operations, nowMs);
      case "register":
        return void register(tables, index, command.request, nowMs);
      case "deregister":
        return void deregister(tables, index, command.node, command.serviceId, command.checkId, nowMs);
      case "session-create":
        createSession(tables, index, command.session);
        return command.session.ID;
      case "session-destroy":
        return void destroySession(tables, index, command.id, nowMs);
      case "reap-tombstones":
        return void reapTombstones(tables, command.upTo, nowMs);
      case "coordinates":
        for (const update of command.updates) {
          if (tables.nodes.get(update.Node.toLowerCase()) === undefined) continue;
          tables.coordinates.set(`${update.Node.toLowerCase()}\0${update.Segment}`, update);
          tables.setIndex("coordinates", index);
        }
        return undefined;
      case "config-set":
        return setConfigEntry(tables, index, command.entry, command.cas);
      case "config-delete":
        return deleteConfigEntry(tables, index, command.kind, command.name, command.cas);
      case "query-set":
        return setQuery(tables, index, command.query, command.create);
      case "query-delete":
        return void deleteQueryRow(tables, index, command.id);
      case "local-service-set":
        return void setLocalService(tables, index, command.node, command.service, command.checks, command.replaceChecks, nowMs);
      case "local-service-delete":
        return void deleteLocalService(tables, index, command.node, command.id, nowMs);
      case "local-check-set":
        return void setLocalCheck(tables, index, command.check, nowMs);
      case "local-check-delete":
        return void deleteLocalCheck(tables, index, command.node, command.id, nowMs);
      case "local-check-status":
        return void setLocalCheckStatus(tables, index, command.id, command.status, command.output, nowMs);
      case "local-sync":
        return void syncLocal(tables, index, command.node, command.self, nowMs);
      case "setting-set":
        return setSetting(tables, index, command.name, command.value, command.cas);
      default:
        throw new StateError(`unknown command ${JSON.stringify((command as Command).type)}`);
    }
  }
}

/** Only one of the ids is looked at: the service's, else the check's, else the whole node goes. */
function deregister(tables: Tables, index: number, node: string, serviceId: string, checkId: string, nowMs: number): void {
  if (serviceId !== "") deleteService(tables, index, node, serviceId, nowMs);
  else if (checkId !== "") deleteCheck(tables, index, node, checkId, nowMs);
  else deleteNode(tables, index, node, nowMs);
}

function setSetting(
  tables: Tables,
  index: number,
  name: string,
  value: Readonly<Record<string, unknown>>,
  cas: number | undefined,
): boolean {
  const existing = tables.settings.get(name);
  if (cas !== undefined && (existing?.ModifyIndex ?? DEFAULT_SETTING_INDEX) !== cas) return false;
  tables.settings.set(name, { ...value, CreateIndex: existing?.CreateIndex ?? DEFAULT_SETTING_INDEX, ModifyIndex: index });
  return true;
}

/** The index under which a setting is shown that nobody has changed. */
const DEFAULT_SETTING_INDEX = 1;
