import { StateError } from "../state/command.js";

/** What the state refuses carries, in some families, the heading of the layer that Consul's passes through. */
export function refusedAs<T>(heading: string, propose: () => T | Promise<T>): T | Promise<T> {
  const reword = (error: unknown): never => {
    throw error instanceof StateError ? new StateError(`${heading}: ${error.message}`) : error;
  };
  try {
    const result = propose();
    return result instanceof Promise ? result.catch(reword) : result;
  } catch (error) {
    return reword(error);
  }
}
