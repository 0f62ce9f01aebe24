import type { BalancerEnvironment } from "./balancer.js";

/** Work that yields often: each stretch between two yields is well under a millisecond. */
export type SlicedWork<T> = Generator<void, T>;

/** Runs work slice by slice when the loop is free, or at once where nothing can be deferred. Starting anew, or stopping, abandons what runs. */
export class SlicedTask<T> {
  private readonly defer: BalancerEnvironment["defer"];
  private current: object | undefined;

  constructor(environment: BalancerEnvironment) {
    this.defer = environment.defer;
  }

  get running(): boolean {
    return this.current !== undefined;
  }

  start(work: SlicedWork<T>, done: (result: T) => void): void {
    const mark = {};
    this.current = mark;
    if (this.defer === undefined) {
      this.current = undefined;
      done(finishNow(work));
      return;
    }
    const { defer } = this;
    const slice = (): void => {
      if (this.current !== mark) return;
      const step = work.next();
      if (step.done !== true) {
        defer(slice);
        return;
      }
      this.current = undefined;
      done(step.value);
    };
    defer(slice);
  }

  stop(): void {
    this.current = undefined;
  }
}

/** All slices in one go. */
export function finishNow<T>(work: SlicedWork<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
