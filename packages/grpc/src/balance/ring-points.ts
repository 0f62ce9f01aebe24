import type { SlicedWork } from "./slices.js";

/** A point is one double: its place (32 bits) and its number (21 bits), so that sorting points needs no second array. */
export const POINT_NUMBERS: number = 2 ** 21;
/** Steps between two yields: about a fifth of a millisecond. */
const STEPS_PER_SLICE = 16_384;
const CHUNK = 2_048;

/** Sorted points with an index by their first bits: hashes are even, so a search takes a step or two, whatever the size. */
export interface RingLevel {
  readonly points: Float64Array;
  readonly starts: Int32Array;
  readonly shift: number;
}

export const emptyLevel: RingLevel = { points: new Float64Array(0), starts: new Int32Array(2), shift: 31 };

/** Where the first point at or after a place (signed, as hash32 gives it) stands; the length when there is none. */
export function lowerBound(level: RingLevel, signedPlace: number): number {
  const { points } = level;
  const place = signedPlace >>> 0;
  const wanted = place * POINT_NUMBERS;
  let at = level.starts[place >>> level.shift] as number;
  while (at < points.length && (points[at] as number) < wanted) at++;
  return at;
}

/** Both levels as one. */
export function* merged(one: Float64Array, other: Float64Array): SlicedWork<RingLevel> {
  const into = new Float64Array(one.length + other.length);
  yield;
  yield* mergeInto(into, 0, one, 0, one.length, other, 0, other.length);
  return yield* indexed(into);
}

/** Unsorted points as a level: chunks are sorted, then merged two by two. */
export function* sorted(points: Float64Array): SlicedWork<RingLevel> {
  for (let from = 0; from < points.length; from += CHUNK) {
    points.subarray(from, from + CHUNK).sort();
    yield;
  }
  let source = points;
  let target: Float64Array = new Float64Array(points.length);
  for (let width = CHUNK; width < points.length; width *= 2) {
    for (let from = 0; from < points.length; from += 2 * width) {
      const middle = Math.min(from + width, points.length);
      const end = Math.min(from + 2 * width, points.length);
      yield* mergeInto(target, from, source, from, middle, source, middle, end);
    }
    [source, target] = [target, source];
    yield;
  }
  return yield* indexed(source);
}

function* mergeInto(
  into: Float64Array,
  at: number,
  one: Float64Array,
  oneFrom: number,
  oneEnd: number,
  other: Float64Array,
  otherFrom: number,
  otherEnd: number,
): SlicedWork<void> {
  let left = oneFrom;
  let right = otherFrom;
  let next = at;
  while (left < oneEnd || right < otherEnd) {
    const stop = Math.min(next + STEPS_PER_SLICE, at + (oneEnd - oneFrom) + (otherEnd - otherFrom));
    for (; next < stop; next++) {
      const takeLeft = right >= otherEnd || (left < oneEnd && (one[left] as number) <= (other[right] as number));
      into[next] = takeLeft ? (one[left++] as number) : (other[right++] as number);
    }
    if (left < oneEnd || right < otherEnd) yield;
  }
}

function* indexed(points: Float64Array): SlicedWork<RingLevel> {
  const bits = Math.min(21, Math.max(1, Math.ceil(Math.log2(points.length + 1))));
  const shift = 32 - bits;
  const starts = new Int32Array(2 ** bits);
  let bucket = 0;
  for (let at = 0; at < points.length; at++) {
    const place = Math.floor((points[at] as number) / POINT_NUMBERS);
    for (; bucket <= place >>> shift; bucket++) starts[bucket] = at;
    if (at % STEPS_PER_SLICE === STEPS_PER_SLICE - 1) yield;
  }
  starts.fill(points.length, bucket);
  return { points, starts, shift };
}
