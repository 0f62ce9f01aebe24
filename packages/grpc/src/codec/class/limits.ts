/** What the codecs of class contracts put up with. The size of a message is limited by the transport. */
export interface ClassCodecLimits {
  /** How deep values may be nested, there and back. @default 100 */
  readonly depthMax?: number;
  /** How many values one message may hold, keys not counted. @default 1,000,000 */
  readonly decodedElementsMax?: number;
}

export const DEPTH_MAX = 100;
export const DECODED_ELEMENTS_MAX = 1_000_000;
