/** Constants of grpc-go's bdp_estimator.go. */
const RTT_WEIGHT = 0.9;
const FILLED_SHARE = 0.66;
const GROWTH = 2;
const SAMPLES_EXACT = 10;

/**
 * Estimates the bandwidth-delay product from the bytes that arrive around a
 * PING and its ACK. When a round trip fills two thirds of the window at nearly
 * the best bandwidth seen, the window becomes twice the sample.
 *
 * It differs from grpc-go in two ways. A sample begins where a connection
 * WINDOW_UPDATE is due, and counts the bytes that this update gives back: before
 * that no window can have been the limit, so small unary calls cost no PING
 * each. And a sample need only come near the best bandwidth, not beat it: round
 * trips of a loopback vary tenfold, and one lucky sample must not pin a small
 * window for good (bench/http2-core/large.ts: it stayed at 64 KiB and took 105 MB/s).
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

  /** `creditedBytes` have just been given back. True: send the PING of a new sample now. */
  begin(nowMs: number, creditedBytes: number): boolean {
    if (this.sampling || this.windowBytes >= this.windowBytesMax) return false;
    this.sampling = true;
    this.sampleBytes = creditedBytes;
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
    this.bandwidthMax = Math.max(this.bandwidthMax, bandwidth);
    if (bandwidth < FILLED_SHARE * this.bandwidthMax || this.sampleBytes < FILLED_SHARE * this.windowBytes) return false;
    this.windowBytes = Math.min(this.windowBytesMax, Math.floor(GROWTH * this.sampleBytes));
    return true;
  }
}
