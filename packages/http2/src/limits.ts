/**
 * Every bound of a connection, by name. The defaults follow what the peers of
 * the field settled on after the attacks that each one answers.
 */
export interface Http2Limits {
  /** Streams that the peer may have open at once, counting handlers that still run behind a stream that is gone. Beyond: REFUSED_STREAM. @default 4096 */
  readonly concurrentStreamsMax: number;
  /** Streams that the peer may waste (reset, or make us reset) in one burst. Beyond: GOAWAY ENHANCE_YOUR_CALM (CVE-2023-44487, CVE-2025-8671). @default 1000 */
  readonly resetsBurstMax: number;
  /** How many of those it earns back in a second. @default 33 */
  readonly resetsPerSecond: number;
  /** CONTINUATION frames behind one HEADERS. Beyond: GOAWAY ENHANCE_YOUR_CALM (CVE-2024-27316). @default 8 */
  readonly continuationFramesMax: number;
  /** Bytes of one header block as it travels, over all its frames. Beyond: GOAWAY ENHANCE_YOUR_CALM. @default 65536 */
  readonly headerBlockBytesMax: number;
  /** Decoded size of one header list, name + value + 32 a field (RFC 9113 §6.5.2), as it is advertised. Beyond it and `HEADER_LIST_SLACK_BYTES`: the stream is reset, ENHANCE_YOUR_CALM. @default 8192 */
  readonly headerListBytesMax: number;
  /** Fields of one header list. Beyond: the stream is reset, ENHANCE_YOUR_CALM (CVE-2019-9516). @default 128 */
  readonly headerFieldsMax: number;
  /** Dynamic table that the peer's encoder may use (SETTINGS_HEADER_TABLE_SIZE). @default 4096 */
  readonly headerTableBytesMax: number;
  /** ACKs of PING and SETTINGS that wait to be written. Beyond: the connection closes (CVE-2019-9512, 9515). @default 1000 */
  readonly queuedAcksMax: number;
  /** Control frames of any kind that wait to be written. Beyond: the connection closes. @default 5000 */
  readonly queuedControlFramesMax: number;
  /** Settings in one SETTINGS frame. Beyond: GOAWAY ENHANCE_YOUR_CALM. @default 32 */
  readonly settingsPerFrameMax: number;
  /** Frames in a row that carry nothing: DATA, HEADERS or CONTINUATION without payload or END flags. Beyond: GOAWAY ENHANCE_YOUR_CALM (CVE-2019-9518). @default 100 */
  readonly emptyFramesMax: number;
  /** DATA frames cut under 128 bytes by a window that the peer doles out, in one burst; earned back like resets. Beyond: GOAWAY ENHANCE_YOUR_CALM (CVE-2019-9511). @default 1000 */
  readonly dribbledFramesBurstMax: number;
  /** Bytes that wait for the peer's windows, over all streams. At the bound a server refuses new streams. @default 67108864 */
  readonly queuedBytesMax: number;
  /** Received bytes that the layer above has not consumed, over all streams. At the bound the connection's window stays shut. @default 67108864 */
  readonly unconsumedBytesMax: number;
  /** How long bytes for the peer may make no progress at all (socket or connection window shut) before the connection closes. @default 60000 */
  readonly sendStallTimeoutMs: number;
  /** How long one stream's window may stay shut over queued bytes before the stream is reset (CVE-2016-1546). @default 300000 */
  readonly streamStallTimeoutMs: number;
  /** A server waits this long for the client's preface. @default 10000 */
  readonly prefaceTimeoutMs: number;
  /** Either side waits this long for the peer's first SETTINGS once its preface is here (a client: once it is connected). @default 2000 */
  readonly firstSettingsTimeoutMs: number;
  /** Either side waits this long for the ACK of its SETTINGS. @default 30000 */
  readonly settingsAckTimeoutMs: number;
  /** Largest frame payload we accept (SETTINGS_MAX_FRAME_SIZE). DATA is handed on as it arrives, so a large one costs no memory. @default 16384 */
  readonly frameBytesMax: number;
  /** Window of a new stream and of the connection before the bandwidth estimate has spoken. @default 65535 */
  readonly initialWindowBytes: number;
  /** Where the bandwidth estimate stops. Equal to `initialWindowBytes`: no estimate, no extra PING. @default 16777216 */
  readonly windowBytesMax: number;
}

/** On top of `headerListBytesMax`: callers count their own fields and forget the pseudo-header fields. */
export const HEADER_LIST_SLACK_BYTES = 1024;

export const HTTP2_LIMITS_DEFAULT: Http2Limits = {
  concurrentStreamsMax: 4096,
  resetsBurstMax: 1000,
  resetsPerSecond: 33,
  continuationFramesMax: 8,
  headerBlockBytesMax: 64 * 1024,
  headerListBytesMax: 8 * 1024,
  headerFieldsMax: 128,
  headerTableBytesMax: 4096,
  queuedAcksMax: 1000,
  queuedControlFramesMax: 5000,
  settingsPerFrameMax: 32,
  emptyFramesMax: 100,
  dribbledFramesBurstMax: 1000,
  queuedBytesMax: 64 * 1024 * 1024,
  unconsumedBytesMax: 64 * 1024 * 1024,
  sendStallTimeoutMs: 60_000,
  streamStallTimeoutMs: 300_000,
  prefaceTimeoutMs: 10_000,
  firstSettingsTimeoutMs: 2_000,
  settingsAckTimeoutMs: 30_000,
  frameBytesMax: 16 * 1024,
  initialWindowBytes: 65_535,
  windowBytesMax: 16 * 1024 * 1024,
};

/** Fills in the defaults and refuses what RFC 9113 §6.5.2 does not allow. */
export function resolveLimits(given: Partial<Http2Limits> = {}): Http2Limits {
  const limits: Http2Limits = { ...HTTP2_LIMITS_DEFAULT, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (typeof value !== "number" || Number.isNaN(value) || value < 0)
      throw new RangeError(`${name} must be a number from 0 up, not ${String(value)}`);
  }
  inRange("frameBytesMax", limits.frameBytesMax, 16_384, 16_777_215);
  inRange("initialWindowBytes", limits.initialWindowBytes, 0, 2 ** 31 - 1);
  inRange("windowBytesMax", limits.windowBytesMax, limits.initialWindowBytes, 2 ** 31 - 1);
  inRange("headerTableBytesMax", limits.headerTableBytesMax, 0, 2 ** 20);
  return limits;
}

function inRange(name: string, value: number, from: number, to: number): void {
  if (value < from || value > to) throw new RangeError(`${name} must lie in ${from}..${to}, not ${value}`);
}
