import type { HttpRequest } from "./message.js";

/** Requests remembered; beyond it all are forgotten. */
const REQUESTS_MAX = 4096;

/**
 * ?cached: Consul keeps answers on the agent and says whether it had one. Here the state is in the same process and answers are
 * always fresh, so only the saying is left: a hit is a request that was asked before, of age 0.
 */
export class AskedBefore {
  readonly #asked = new Set<string>();

  headers(request: HttpRequest): readonly string[] {
    const key = `${request.path}?${request.rawQuery}`;
    if (this.#asked.has(key)) return ["X-Cache", "HIT", "Age", "0"];
    if (this.#asked.size >= REQUESTS_MAX) this.#asked.clear();
    this.#asked.add(key);
    return ["X-Cache", "MISS"];
  }
}
