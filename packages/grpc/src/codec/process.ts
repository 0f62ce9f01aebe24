/** Memory that stays with this thread: whoever transfers a view of it to a worker gets an error instead of everybody's bytes. */
export { markAsUntransferable } from "node:worker_threads";
