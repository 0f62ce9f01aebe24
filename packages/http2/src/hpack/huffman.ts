import { codeLengths, codes, EOS } from "./huffman-code.js";

/**
 * A machine that eats four bits a step: the shortest code has five, so a step
 * yields at most one symbol. An entry holds the next state (bits 0-7), the
 * symbol (8-15) and the marks below. State 0 is the start of a code.
 */
const EMITS = 1 << 16;
const FAILS = 1 << 17;
/** States that may end a string: at most 7 bits into EOS, all ones (RFC 7541 §5.2). */
const accepting = new Uint8Array(256);
const steps = buildSteps();

function buildSteps(): Int32Array {
  const tree = buildTree();
  const table = new Int32Array(256 * 16);
  for (let state = 0; state < 256; state++) {
    for (let nibble = 0; nibble < 16; nibble++) table[state * 16 + nibble] = walk(tree, state, nibble);
  }
  for (let state = 0, depth = 0; depth < 8; depth++) {
    accepting[state] = 1;
    state = tree[state * 2 + 1]!;
  }
  return table;
}

/** Two slots a node: the next node, or -1 - symbol at a leaf. 257 leaves make 256 inner nodes. */
function buildTree(): Int32Array {
  const tree = new Int32Array(256 * 2);
  let used = 1;
  for (let symbol = 0; symbol <= EOS; symbol++) {
    let node = 0;
    for (let bit = codeLengths[symbol]! - 1; bit >= 0; bit--) {
      const slot = node * 2 + ((codes[symbol]! >>> bit) & 1);
      if (bit === 0) tree[slot] = -1 - symbol;
      else if (tree[slot] === 0) tree[slot] = used++;
      node = tree[slot]!;
    }
  }
  return tree;
}

function walk(tree: Int32Array, from: number, nibble: number): number {
  let node = from;
  let emitted = 0;
  for (let bit = 3; bit >= 0; bit--) {
    node = tree[node * 2 + ((nibble >>> bit) & 1)]!;
    if (node >= 0) continue;
    const symbol = -1 - node;
    if (symbol === EOS) return FAILS;
    emitted = EMITS | (symbol << 8);
    node = 0;
  }
  return emitted | node;
}

let scratch = Buffer.allocUnsafeSlow(4096);

/** The decoded string (latin1), or undefined when the bytes are no Huffman string: EOS inside, padding too long or not of ones. */
export function decodeHuffman(bytes: Buffer, start: number, end: number): string | undefined {
  // Five bits is the shortest code, so eight bits yield at most 1.6 symbols.
  if ((end - start) * 2 > scratch.length) scratch = Buffer.allocUnsafeSlow((end - start) * 2);
  const out = scratch;
  let state = 0;
  let length = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    let step = steps[(state << 4) | (byte >>> 4)]!;
    if (step >= EMITS) {
      if ((step & FAILS) !== 0) return undefined;
      out[length++] = step >>> 8;
    }
    step = steps[((step & 0xff) << 4) | (byte & 15)]!;
    if (step >= EMITS) {
      if ((step & FAILS) !== 0) return undefined;
      out[length++] = step >>> 8;
    }
    state = step & 0xff;
  }
  return accepting[state] === 1 ? out.toString("latin1", 0, length) : undefined;
}

/** Octets that `text` (latin1) takes in Huffman code. */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let at = 0; at < text.length; at++) bits += codeLengths[text.charCodeAt(at) & 0xff]!;
  return (bits + 7) >>> 3;
}

/** Writes `text` (latin1) at `at` and returns where it ends; the caller has reserved `huffmanLength(text)`. */
export function encodeHuffman(text: string, bytes: Buffer, at: number): number {
  let position = at;
  // Up to 7 bits wait from the symbol before; a code adds up to 30, so the two halves are kept apart.
  let pending = 0;
  let pendingBits = 0;
  for (let index = 0; index < text.length; index++) {
    const symbol = text.charCodeAt(index) & 0xff;
    let left = codeLengths[symbol]!;
    const code = codes[symbol]!;
    while (left > 0) {
      const take = Math.min(left, 8 - pendingBits);
      left -= take;
      pending = (pending << take) | ((code >>> left) & ((1 << take) - 1));
      pendingBits += take;
      if (pendingBits === 8) {
        bytes[position++] = pending;
        pending = 0;
        pendingBits = 0;
      }
    }
  }
  if (pendingBits > 0) bytes[position++] = (pending << (8 - pendingBits)) | (0xff >>> pendingBits);
  return position;
}
