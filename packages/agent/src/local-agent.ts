/** Services and checks of this agent: registered, run, reported to the catalog, reaped. Between the endpoints and the ledger. */
import type { CheckDefinition } from "./checks/check-definition.js";
import type { CheckOutcome } from "./checks/check-runner.js";
import type { AgentContext } from "./http/context.js";
import type { CommandResult } from "./state/command.js";
import { isInStep } from "./state/local.js";
import type { LocalCheck, LocalService } from "./state/records.js";

type Settled = CommandResult | Promise<CommandResult>;

/** Full comparison of the agent with the catalog, as often as Consul does it for a small cluster. */
const SYNC_INTERVAL_MS = 60_000;

/** A check whose output changes but not its status is written to the catalog after this long. */
const OUTPUT_DELAY_MS = 300_000;

export class LocalAgent {
  readonly #context: AgentContext;
  /** Output-only changes that wait to be written. */
  readonly #delayed = new Map<string, () => void>();
  #cancelSync: () => void = () => {};

  constructor(context: AgentContext) {
    this.#context = context;
  }

  /** Registers the agent's own node, resumes the checks of earlier registrations, and begins to compare. */
  async start(): Promise<void> {
    await this.sync();
    for (const row of this.#context.state.tables.localChecks.values()) this.#run(row);
    this.#scheduleSync();
  }

  stop(): void {
    this.#cancelSync();
    for (const cancel of this.#delayed.values()) cancel();
    this.#delayed.clear();
  }

  /** Repairs what was changed in the catalog behind the agent's back. */
  async sync(): Promise<void> {
    const { state, identity, self } = this.#context;
    if (isInStep(state.tables, identity.nodeName)) return;
    await this.#context.propose({ type: "local-sync", node: identity.nodeName, self });
  }

  async setService(service: LocalService, checks: readonly LocalCheck[], replaceChecks: boolean): Promise<void> {
    await this.#ensureNode();
    const before = new Set(this.#checkIds(service.service.ID));
    const node = this.#context.identity.nodeName;
    await this.#context.propose({ type: "local-service-set", node, service, checks, replaceChecks });
    this.#context.log.write("info", `Synced service: service=${service.service.ID}`);
    for (const row of checks) this.#run(row);
    for (const id of this.#checkIds(service.service.ID)) before.delete(id);
    for (const id of before) this.#stopCheck(id);
    this.#context.checks.aliasesChanged();
  }

  async deleteService(id: string): Promise<void> {
    const { state, identity } = this.#context;
    const before = new Set(state.tables.localChecks.keys());
    await this.#context.propose({ type: "local-service-delete", node: identity.nodeName, id });
    this.#context.log.write("info", `Deregistered service: service=${id}`);
    for (const known of state.tables.localChecks.keys()) before.delete(known);
    for (const gone of before) this.#stopCheck(gone);
    this.#context.checks.aliasesChanged();
  }

  async setCheck(check: LocalCheck): Promise<void> {
    await this.#ensureNode();
    await this.#context.propose({ type: "local-check-set", node: this.#context.identity.nodeName, check });
    this.#context.log.write("info", `Synced check: check=${check.check.CheckID}`);
    this.#run(check);
    this.#context.checks.aliasesChanged();
  }

  async deleteCheck(id: string): Promise<void> {
    await this.#context.propose({ type: "local-check-delete", node: this.#context.identity.nodeName, id });
    this.#context.log.write("info", `Deregistered check: check=${id}`);
    this.#stopCheck(id);
    this.#context.checks.aliasesChanged();
  }

  /** What a check's runner found. A change of output alone reaches the catalog later. */
  report(id: string, outcome: CheckOutcome): void {
    const result = this.#report(id, outcome);
    if (!(result instanceof Promise)) return;
    const written: Promise<void> = result.then(
      () => this.#forgetWrite(id, written),
      (error: unknown) => {
        this.#forgetWrite(id, written);
        this.#context.failed(error);
      },
    );
    this.#writes.set(id, written);
  }

  /** Waits until what was last reported of a check has been written. */
  async settled(id: string): Promise<void> {
    await this.#writes.get(id);
  }

  readonly #writes = new Map<string, Promise<void>>();

  #forgetWrite(id: string, written: Promise<void>): void {
    if (this.#writes.get(id) === written) this.#writes.delete(id);
  }

  #report(id: string, outcome: CheckOutcome): Settled {
    const { state, identity } = this.#context;
    const row = state.tables.localChecks.get(id);
    if (row === undefined) return undefined;
    const { check } = row;
    if (check.Status === outcome.status) {
      if (check.Output !== outcome.output) this.#delayOutput(id, outcome);
      return undefined;
    }
    this.#forgetDelayed(id);
    const { status, output } = outcome;
    const result = this.#context.propose({ type: "local-check-status", node: identity.nodeName, id, status, output });
    this.#context.log.write(status === "passing" ? "info" : "warn", `Check is now ${status}: check=${id}`);
    this.#context.checks.aliasesChanged();
    return result;
  }

  /** The service of a check that has been critical for too long. */
  reap(_checkId: string, serviceId: string): void {
    void this.deleteService(serviceId).catch(this.#context.failed);
  }

  /** The output a runner found last, when it has not been written yet. */
  outputOf(id: string): string | undefined {
    return this.#outputs.get(id);
  }

  readonly #outputs = new Map<string, string>();

  #delayOutput(id: string, outcome: CheckOutcome): void {
    this.#outputs.set(id, outcome.output);
    if (this.#delayed.has(id)) return;
    const write = (): void => {
      const output = this.#outputs.get(id) ?? outcome.output;
      this.#forgetDelayed(id);
      const row = this.#context.state.tables.localChecks.get(id);
      if (row === undefined) return;
      const node = this.#context.identity.nodeName;
      const result = this.#context.propose({ type: "local-check-status", node, id, status: row.check.Status, output });
      if (result instanceof Promise) result.catch(this.#context.failed);
    };
    this.#delayed.set(id, this.#context.clock.after(OUTPUT_DELAY_MS, write));
  }

  #forgetDelayed(id: string): void {
    this.#outputs.delete(id);
    this.#delayed.get(id)?.();
    this.#delayed.delete(id);
  }

  #run(row: LocalCheck): void {
    if (row.definition === undefined) return;
    const initial = { status: row.check.Status as CheckOutcome["status"], output: row.check.Output };
    this.#context.checks.add(row.check.CheckID, row.definition as unknown as CheckDefinition, initial);
  }

  #stopCheck(id: string): void {
    this.#forgetDelayed(id);
    this.#context.checks.remove(id);
  }

  #checkIds(serviceId: string): string[] {
    const rows = this.#context.state.tables.localChecks.values();
    return rows.filter((row) => row.check.ServiceID === serviceId).map((row) => row.check.CheckID);
  }

  async #ensureNode(): Promise<void> {
    const { state, identity } = this.#context;
    if (state.tables.nodes.get(identity.nodeName.toLowerCase()) === undefined) await this.sync();
  }

  #scheduleSync(): void {
    this.#cancelSync = this.#context.clock.after(SYNC_INTERVAL_MS, () => {
      this.sync().catch(this.#context.failed);
      this.#scheduleSync();
    });
  }
}
