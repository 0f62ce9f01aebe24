import type { ByteSink } from "./byte-sink.js";
import type { ConnectionListener } from "./connection-listener.js";
import { Http2ErrorCode } from "./error-code.js";
import { BandwidthEstimate } from "./flow/bandwidth-estimate.js";
import { TokenBucket } from "./guard/token-bucket.js";
import { HeaderDecoder } from "./hpack/header-decoder.js";
import { HeaderEncoder } from "./hpack/header-encoder.js";
import { HEADER_LIST_SLACK_BYTES, type Http2Limits } from "./limits.js";
import { acquireBatch, type OutputBatch } from "./output-batch.js";
import { ClosedStreams } from "./stream/closed-streams.js";
import type { Stream } from "./stream/stream.js";
import { StreamTable } from "./stream/stream-table.js";

export type Role = "client" | "server";

/** RFC 9113 §6.5.2, §6.9.2: what holds until the peer's SETTINGS say otherwise. */
const PEER_WINDOW_INITIAL = 65_535;
const PEER_FRAME_BYTES_INITIAL = 16_384;
/** A client that has not seen the server's SETTINGS opens at most as many streams as the RFC recommends to allow. */
const PEER_STREAMS_INITIAL = 100;

/**
 * The state of one connection. The files under frame/ read and write it, one a
 * frame type, as RFC 9113 §6 has them; nothing else does. Plain public fields:
 * this class never leaves the package.
 */
export class Core {
  readonly server: boolean;
  readonly limits: Http2Limits;
  listener!: ConnectionListener;
  /** The time of the last `receive` or `tick`. */
  nowMs: number;

  /** No more frames in either direction; what is in `out` still has to be written. */
  ended = false;
  /** Called when there is something to write that no `receive` in progress will report. */
  wake: () => void = noWake;
  /** The edge knows that there is output, or is in `receive` and will look. */
  awake = false;
  out: OutputBatch | undefined = undefined;
  /** When the edge last took output, or when the first byte after that was written. */
  outputMs: number;
  queuedAcks = 0;
  queuedControlFrames = 0;

  readonly streams: StreamTable = new StreamTable();
  readonly closed: ClosedStreams = new ClosedStreams();
  /** Highest id the peer has opened. */
  lastPeerStreamId = 0;
  nextStreamId = 1;
  /** Streams gone whose handlers still run (`retain`). */
  retainedStreams = 0;
  /** Streams opened by this side. */
  streamsRefused = false;

  sendWindow: number = PEER_WINDOW_INITIAL;
  /** What the peer has ever allowed us to send on the connection; less `sendWindow`, what was sent. */
  creditedBytes: number = PEER_WINDOW_INITIAL;
  /** How much of what was sent has forgiven a frame that a window cut short. */
  forgivenBytes = 0;
  receiveWindow: number = PEER_WINDOW_INITIAL;
  receiveWindowTarget: number;
  /** What a new stream of the peer starts with: at least what it may assume until it has seen our SETTINGS. */
  initialReceiveWindow: number;
  uncreditedBytes = 0;
  unconsumedBytes = 0;
  readonly estimate: BandwidthEstimate;
  /** Streams with queued bytes and an open window, in turn. */
  waiting: Stream[] = [];
  queuedBytes = 0;
  /** When queued bytes of any stream last moved. */
  progressMs: number;

  /** What SETTINGS of the peer say. */
  peerInitialWindow: number = PEER_WINDOW_INITIAL;
  peerFrameBytesMax: number = PEER_FRAME_BYTES_INITIAL;
  peerStreamsMax: number = PEER_STREAMS_INITIAL;
  peerHeaderListBytesMax: number = Number.POSITIVE_INFINITY;
  peerSettingsSeen = false;
  /** When our oldest unacknowledged SETTINGS left; -1 when there is none. */
  settingsSentMs = -1;
  unackedSettings = 0;

  readonly decoder: HeaderDecoder;
  readonly encoder: HeaderEncoder = new HeaderEncoder();
  readonly resets: TokenBucket;
  readonly dribbles: TokenBucket;
  emptyFrames = 0;
  /** The largest payload that the peer may send now. */
  frameBytesMax: number;

  /** `goaway` was called: no new streams, close when the last one ends. */
  draining = false;
  /** The id in our last GOAWAY; 2^31-1 while the first of two is out. */
  goawaySentId: number = Number.POSITIVE_INFINITY;
  goawayPingOut = false;
  goawayReceived = false;

  startedMs: number;
  prefaceSeen: boolean;
  prefaceMs: number;

  constructor(role: Role, limits: Http2Limits, nowMs: number) {
    this.server = role === "server";
    this.limits = limits;
    this.nowMs = nowMs;
    this.outputMs = nowMs;
    this.progressMs = nowMs;
    this.startedMs = nowMs;
    this.prefaceMs = nowMs;
    this.prefaceSeen = role === "client";
    this.frameBytesMax = limits.frameBytesMax;
    this.initialReceiveWindow = Math.max(limits.initialWindowBytes, PEER_WINDOW_INITIAL);
    this.receiveWindowTarget = Math.max(limits.initialWindowBytes, PEER_WINDOW_INITIAL);
    this.estimate = new BandwidthEstimate(limits.initialWindowBytes, limits.windowBytesMax);
    this.decoder = new HeaderDecoder(limits.headerListBytesMax + HEADER_LIST_SLACK_BYTES, limits.headerFieldsMax);
    this.resets = new TokenBucket(limits.resetsBurstMax, limits.resetsPerSecond, nowMs);
    this.dribbles = new TokenBucket(limits.dribbledFramesBurstMax, limits.resetsPerSecond, nowMs);
  }

  /** The sink with room for `count` more bytes. Everything that is written goes through here. */
  room(count: number): ByteSink {
    let { out } = this;
    if (out === undefined) {
      out = acquireBatch();
      this.out = out;
      this.outputMs = this.nowMs;
    }
    if (!this.awake) {
      this.awake = true;
      this.wake();
    }
    out.sink.reserve(count);
    return out.sink;
  }

  /** Counts a control frame that the peer can make us write; false: too many wait already, and the connection has ended. */
  countControlFrame(): boolean {
    if (++this.queuedControlFrames <= this.limits.queuedControlFramesMax) return true;
    this.close(Http2ErrorCode.ENHANCE_YOUR_CALM, `${this.queuedControlFrames} control frames wait for a peer that does not read`);
    return false;
  }

  /** Ends the connection without a further frame; every open stream and the listener hear of it. */
  close(code: Http2ErrorCode, reason: string, byPeer = false): void {
    if (this.ended) return;
    this.ended = true;
    for (const stream of this.streams.all()) {
      stream.dead = true;
      stream.queue = undefined;
      this.listener.onReset(stream, code, byPeer, false);
    }
    this.waiting = [];
    this.queuedBytes = 0;
    this.listener.onClose(code, reason);
    if (!this.awake) {
      this.awake = true;
      this.wake();
    }
  }
}

function noWake(): void {}
