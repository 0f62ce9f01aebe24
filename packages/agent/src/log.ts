/** The agent's log: lines in Consul's format, kept by whoever subscribes. Nothing is written when nobody listens. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

export const LOG_LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

export interface LogLine {
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly message: string;
}

export class Log {
  readonly #listeners = new Map<(line: LogLine) => void, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  write(level: LogLevel, message: string): void {
    if (this.#listeners.size === 0) return;
    const rank = LOG_LEVELS.indexOf(level);
    const line: LogLine = { timeMs: this.#now(), level, message };
    for (const [listen, least] of this.#listeners) if (rank >= least) listen(line);
  }

  /** Calls back with every line of at least `least`; the returned function ends it. */
  listen(least: LogLevel, listener: (line: LogLine) => void): () => void {
    this.#listeners.set(listener, LOG_LEVELS.indexOf(least));
    return () => {
      this.#listeners.delete(listener);
    };
  }
}

export function formatLine(line: LogLine, asJson: boolean): string {
  const time = new Date(line.timeMs).toISOString();
  if (asJson) return JSON.stringify({ "@level": line.level, "@message": line.message, "@module": "agent", "@timestamp": time });
  return `${time} [${line.level.toUpperCase()}] agent: ${line.message}`;
}
