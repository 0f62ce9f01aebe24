/** A service that says which instance answers. */
export class Who {
  private readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  async whoAmI(): Promise<string> {
    return this.name;
  }
}

/** What instances and clients of these cases have in common: one machine, no signals handled, nothing said. */
export const here = { address: "127.0.0.1", host: "127.0.0.1", signals: false, propagationMs: 0, log: (): void => {} } as const;

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
