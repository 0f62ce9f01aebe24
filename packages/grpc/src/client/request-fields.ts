import { appendFields } from "../call/metadata-fields.js";
import { formatTimeout } from "../call/timeout.js";
import type { OutgoingCall } from "./outgoing-call.js";

/** The last timeout sent: nearly all calls of a program have the same one. */
let knownTimeoutMs = -1;
let knownFields: readonly string[] = [];

/** Header fields that are this call's own: deadline, metadata, credentials. Undefined, and nothing allocated, when there are none. */
export function requestFields(call: OutgoingCall): readonly string[] | undefined {
  const { options, deadlineMs, credentialFields } = call;
  const timeout = deadlineMs === Number.POSITIVE_INFINITY ? undefined : timeoutFields(call);
  if (options?.metadata === undefined && options?.previousAttempts === undefined && credentialFields === undefined) return timeout;
  const fields = timeout === undefined ? [] : [...timeout];
  if (options?.previousAttempts !== undefined) fields.push("grpc-previous-rpc-attempts", String(options.previousAttempts));
  if (options?.metadata !== undefined) appendFields(fields, options.metadata);
  if (credentialFields !== undefined) fields.push(...credentialFields);
  return fields;
}

/** A call sent within a millisecond of its start says its whole timeout: the same bytes for all calls, which both sides remember. */
function timeoutFields(call: OutgoingCall): readonly string[] {
  const whole = call.options?.timeoutMs ?? call.entry.timeoutMs;
  const left = call.timeoutLeftMs();
  if (whole - left >= 1) return ["grpc-timeout", formatTimeout(left)];
  if (whole !== knownTimeoutMs) {
    knownTimeoutMs = whole;
    knownFields = ["grpc-timeout", formatTimeout(whole)];
  }
  return knownFields;
}
