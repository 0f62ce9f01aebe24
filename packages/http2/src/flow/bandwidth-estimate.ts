/** Constants and algorithm of grpc-go's bdp_estimator.go. */
const RTT_WEIGHT = 0.9;
const FILLED_SHARE = 0.66;
const GROWTH = 2;
const SAMPLES_EXACT = 10;

/**
 * Estimates the bandwidth-delay product from the bytes that arrive between a
 * PING and its ACK. When a round trip fills two thirds of the window at a new
 * record of bandwidth, the window doubles beyond the sample.
 *
 * Unlike grpc-go a sample begins only where a connection WINDOW_UPDATE is due:
 * before half a window has arrived no window can have been the limit, and small
 * unary calls then cost no PING each.
 */
export class BandwidthEstimate {
  windowBytes: number;
  private readonly windowBytesMax: number;
  private sampling = false;
  private sampleBytes = 0;
  private sentMs = 0;
  private samples = 0;
  private rttMs = 0;
  private bandwidthMax = 0;

  constructor(windowBytes: number, windowBytesMax: number) {
    this.windowBytes = windowBytes;
    this.windowBytesMax = windowBytesMax;
  }

  /** True: send the PING of a new sample now. */
  begin(nowMs: number): boolean {
    if (this.sampling || this.windowBytes >= this.windowBytesMax) return false;
    this.sampling = true;
    this.sampleBytes = 0;
    this.sentMs = nowMs;
    return true;
  }

  add(bytes: number): void {
    this.sampleBytes += bytes;
  }

  /** The sample's ACK is here. True: `windowBytes` has grown. */
  finish(nowMs: number): boolean {
    if (!this.sampling) return false;
    this.sampling = false;
    const rttMs = Math.max(nowMs - this.sentMs, 0.001);
    if (this.samples < SAMPLES_EXACT) this.rttMs += (rttMs - this.rttMs) / ++this.samples;
    else this.rttMs += (rttMs - this.rttMs) * RTT_WEIGHT;
    const bandwidth = this.sampleBytes / (this.rttMs * 1.5);
    if (bandwidth < this.bandwidthMax) return false;
    this.bandwidthMax = bandwidth;
    if (this.sampleBytes < FILLED_SHARE * this.windowBytes) return false;
    this.windowBytes = Math.min(this.windowBytesMax, Math.floor(GROWTH * this.sampleBytes));
    return true;
  }
}
