/** Something that ends gracefully. */
export interface Closing {
  close(): Promise<void>;
}

/** The process as far as its end is concerned; the seam for tests. */
export interface ProcessEnd {
  /** Calls `handle` for each signal until the result is called. */
  onSignal(handle: (signal: "SIGTERM" | "SIGINT") => void): () => void;
  /** True: somebody else handles the signal too, and ends the process itself. */
  handledElsewhere(signal: "SIGTERM" | "SIGINT"): boolean;
  exit(code: number): void;
}

/**
 * Closes everything that serves when the process is asked to end, then exits with 0. A second signal ends it at once.
 * Where the program handles the signal itself, it also decides when to exit.
 */
export class Shutdown {
  private readonly end: ProcessEnd;
  private readonly open = new Set<Closing>();
  private stopListening: (() => void) | undefined;
  private closing = false;

  constructor(end: ProcessEnd) {
    this.end = end;
  }

  add(closing: Closing): void {
    this.open.add(closing);
    this.stopListening ??= this.end.onSignal((signal) => void this.signalled(signal));
  }

  remove(closing: Closing): void {
    this.open.delete(closing);
    if (this.open.size > 0 || this.closing) return;
    this.stopListening?.();
    this.stopListening = undefined;
  }

  private async signalled(signal: "SIGTERM" | "SIGINT"): Promise<void> {
    if (this.closing) return this.end.exit(signal === "SIGINT" ? 130 : 143);
    this.closing = true;
    await Promise.allSettled([...this.open].map((one) => one.close()));
    if (!this.end.handledElsewhere(signal)) this.end.exit(0);
  }
}
