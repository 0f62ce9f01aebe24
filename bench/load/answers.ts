/** What each kind of load must get back: every answer is looked at, so that no refused or empty one counts. */

/** Messages that one streaming call asks for. */
export const STREAM_MESSAGES = 10_000;
export const STREAM_MESSAGE_BYTES = 100;

export function checkHello(answer: unknown): 1 {
  const message = (answer as { message?: unknown }).message;
  if (message !== "Hello world") throw new Error(`wrong answer: ${JSON.stringify(message)}`);
  return 1;
}

export function checkBytes(answer: unknown, length: number): 1 {
  const value = (answer as { value?: { length?: number } }).value;
  if (value?.length !== length) throw new Error(`wrong answer: ${value?.length} bytes, ${length} expected`);
  return 1;
}

export function checkStream(received: unknown): number {
  if (received !== STREAM_MESSAGES) throw new Error(`${received} of ${STREAM_MESSAGES} messages`);
  return received;
}
