/** How a stream ended, for frames that come after its end (RFC 9113 §5.1, "closed"). */
export const Ending = {
  /** Long ago or never opened. */
  UNKNOWN: 0,
  /** Both sides sent END_STREAM: what follows is a connection error. */
  BOTH_ENDED: 1,
  /** The peer reset it: what follows is a stream error. */
  PEER_RESET: 2,
  /** We reset it: what follows was under way and is ignored. */
  WE_RESET: 3,
} as const;

export type Ending = (typeof Ending)[keyof typeof Ending];

/** Streams remembered after their end. Older ones count as UNKNOWN. */
export const CLOSED_STREAMS_REMEMBERED = 256;

const NONE = new Int32Array(0);
const NO_ENDINGS = new Uint8Array(0);

/** A ring of the streams that closed last; two array writes a stream. */
export class ClosedStreams {
  /** Made with the first stream that closes: an idle connection needs neither. */
  private ids: Int32Array = NONE;
  private endings: Uint8Array = NO_ENDINGS;
  private next = 0;

  add(id: number, ending: Ending): void {
    const at = this.next;
    if (this.ids === NONE) {
      this.ids = new Int32Array(CLOSED_STREAMS_REMEMBERED);
      this.endings = new Uint8Array(CLOSED_STREAMS_REMEMBERED);
    }
    this.ids[at] = id;
    this.endings[at] = ending;
    this.next = (at + 1) & (CLOSED_STREAMS_REMEMBERED - 1);
  }

  ending(id: number): Ending {
    const at = this.ids.lastIndexOf(id);
    return at < 0 ? Ending.UNKNOWN : (this.endings[at] as Ending);
  }
}
