import type { Core } from "../core.js";
import { Http2ErrorCode } from "../error-code.js";
import { connectionError } from "../frame/goaway.js";
import { streamError } from "../frame/rst-stream.js";

/** Everything that is bounded in time; called about once a second. */
export function checkTimeouts(core: Core): void {
  const fault = handshakeFault(core) ?? stallFault(core);
  if (fault !== undefined) return connectionError(core, fault.code, fault.reason);
  if (core.queuedBytes > 0) resetStalledStreams(core);
}

interface Fault {
  readonly code: Http2ErrorCode;
  readonly reason: string;
}

function handshakeFault(core: Core): Fault | undefined {
  const { limits, nowMs } = core;
  if (!core.prefaceSeen) {
    if (nowMs - core.startedMs <= limits.prefaceTimeoutMs) return undefined;
    return { code: Http2ErrorCode.PROTOCOL_ERROR, reason: `no HTTP/2 preface within ${limits.prefaceTimeoutMs} ms` };
  }
  if (!core.peerSettingsSeen) {
    if (nowMs - core.prefaceMs <= limits.firstSettingsTimeoutMs) return undefined;
    return { code: Http2ErrorCode.SETTINGS_TIMEOUT, reason: `no SETTINGS within ${limits.firstSettingsTimeoutMs} ms` };
  }
  if (core.settingsSentMs >= 0 && nowMs - core.settingsSentMs > limits.settingsAckTimeoutMs) {
    return { code: Http2ErrorCode.SETTINGS_TIMEOUT, reason: `no SETTINGS ACK within ${limits.settingsAckTimeoutMs} ms` };
  }
  return undefined;
}

function stallFault(core: Core): Fault | undefined {
  const { limits, nowMs } = core;
  const reason = `the peer has taken nothing for ${limits.sendStallTimeoutMs} ms`;
  if (core.out !== undefined && nowMs - core.outputMs > limits.sendStallTimeoutMs)
    return { code: Http2ErrorCode.ENHANCE_YOUR_CALM, reason };
  if (core.queuedBytes > 0 && core.sendWindow <= 0 && nowMs - core.progressMs > limits.sendStallTimeoutMs) {
    return { code: Http2ErrorCode.ENHANCE_YOUR_CALM, reason };
  }
  return undefined;
}

function resetStalledStreams(core: Core): void {
  for (const stream of core.streams.all()) {
    if (stream.queuedBytes > 0 && stream.sendWindow <= 0 && core.nowMs - stream.progressMs > core.limits.streamStallTimeoutMs) {
      streamError(core, stream.id, Http2ErrorCode.CANCEL);
    }
  }
}
