/** Topics whose renderings are kept at once; beyond it all are dropped. */
const CACHED_TOPICS_MAX = 4096;

/** Renderings kept per topic; beyond it the topic's are dropped. */
const RENDERINGS_PER_TOPIC_MAX = 64;

/** What a watcher looks at: a named topic, an exact key of the KV, or every key under a prefix. */
export type Topic = string | { readonly prefix: string };

interface Waiter {
  readonly wake: () => void;
  readonly topics: readonly Topic[];
}

/**
 * Who waits for what. A watcher wakes once, for its own topics only; firing costs in proportion to the watchers of the topics
 * that were touched, and, for a key, to the number of different prefix lengths that are watched.
 *
 * Each topic also carries the renderings that depend on it alone; they are dropped when it is touched.
 */
export class Watches {
  readonly #topics = new Map<string, Set<Waiter>>();
  readonly #prefixes = new Map<string, Set<Waiter>>();
  readonly #prefixLengths = new Map<number, number>();
  readonly #renderings = new Map<string, Map<string, unknown>>();

  /** Calls `wake` once, at the first touch of one of the topics; the returned function forgets the watcher. */
  watch(topics: readonly Topic[], wake: () => void): () => void {
    const waiter: Waiter = { wake, topics };
    for (const topic of topics) {
      if (typeof topic === "string") addTo(this.#topics, topic, waiter);
      else this.#addPrefix(topic.prefix, waiter);
    }
    return () => this.#forget(waiter);
  }

  /** Tells the watchers of a topic. */
  touch(topic: string): void {
    this.#renderings.delete(topic);
    this.#wakeAll(this.#topics.get(topic));
  }

  /** Tells the watchers of a key and of the prefixes it lies under. */
  touchKey(key: string): void {
    if (this.#topics.size > 0) this.#wakeAll(this.#topics.get(keyTopic(key)));
    if (this.#prefixes.size === 0) return;
    for (const length of [...this.#prefixLengths.keys()]) {
      if (length <= key.length) this.#wakeAll(this.#prefixes.get(key.slice(0, length)));
    }
  }

  /** Tells everybody: the state was replaced. */
  touchAll(): void {
    this.#renderings.clear();
    for (const waiters of [...this.#topics.values(), ...this.#prefixes.values()]) this.#wakeAll(waiters);
  }

  /** What `render` returns, kept until `topic` is touched. */
  rendered<T>(topic: string, name: string, render: () => T): T {
    let renderings = this.#renderings.get(topic);
    if (renderings === undefined) {
      if (this.#renderings.size >= CACHED_TOPICS_MAX) this.#renderings.clear();
      renderings = new Map();
      this.#renderings.set(topic, renderings);
    }
    const known = renderings.get(name);
    if (known !== undefined) return known as T;
    if (renderings.size >= RENDERINGS_PER_TOPIC_MAX) renderings.clear();
    const made = render();
    renderings.set(name, made);
    return made;
  }

  /** How many topics and prefixes are being watched. */
  get size(): number {
    return this.#topics.size + this.#prefixes.size;
  }

  #addPrefix(prefix: string, waiter: Waiter): void {
    if (!this.#prefixes.has(prefix)) this.#prefixLengths.set(prefix.length, (this.#prefixLengths.get(prefix.length) ?? 0) + 1);
    addTo(this.#prefixes, prefix, waiter);
  }

  #wakeAll(waiters: Set<Waiter> | undefined): void {
    if (waiters === undefined) return;
    for (const waiter of [...waiters]) {
      this.#forget(waiter);
      waiter.wake();
    }
  }

  #forget(waiter: Waiter): void {
    for (const topic of waiter.topics) {
      if (typeof topic === "string") removeFrom(this.#topics, topic, waiter);
      else if (removeFrom(this.#prefixes, topic.prefix, waiter)) this.#dropLength(topic.prefix.length);
    }
  }

  #dropLength(length: number): void {
    const left = (this.#prefixLengths.get(length) ?? 1) - 1;
    if (left === 0) this.#prefixLengths.delete(length);
    else this.#prefixLengths.set(length, left);
  }
}

/** The topic of one key of the KV. */
export function keyTopic(key: string): string {
  return `key:${key}`;
}

function addTo(map: Map<string, Set<Waiter>>, name: string, waiter: Waiter): void {
  const known = map.get(name);
  if (known === undefined) map.set(name, new Set([waiter]));
  else known.add(waiter);
}

/** True when the set became empty and was removed. */
function removeFrom(map: Map<string, Set<Waiter>>, name: string, waiter: Waiter): boolean {
  const known = map.get(name);
  if (known === undefined || !known.delete(waiter) || known.size > 0) return false;
  map.delete(name);
  return true;
}
