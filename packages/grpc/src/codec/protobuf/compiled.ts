import type { DescMessage } from "@bufbuild/protobuf";
import { closureDecoder } from "./decoder-closures.js";
import { sourceDecoder } from "./decoder-source.js";
import { closureEncoder } from "./encoder-closures.js";
import { sourceEncoder } from "./encoder-source.js";
import { type MessagePlan, messagePlan } from "./plan.js";

export type AnyMessage = Record<string, unknown>;

/** Writes `message` at `p` of `writer.b` and gives back the position behind it. */
export type Encode = (message: AnyMessage, p: number) => number;

/**
 * Reads `b[p, end)` into `message`: singular messages merge, lists grow. `depth` is how
 * many levels may still follow, this one included. `groupEnd` is the tag that ends
 * the message, when it is a group (its position is then left in `reader.p`), else 0.
 */
export type Decode = (b: Buffer, p: number, end: number, message: AnyMessage, depth: number, groupEnd: number) => void;

export type Build = "source" | "closures";

/** The encoder and the decoder of one message type. Each is built when it is first used, so types may refer to each other. */
export interface CompiledMessage {
  readonly plan: MessagePlan;
  encode: Encode;
  decode: Decode;
  create: () => AnyMessage;
}

/** True: this process may make code from strings (no --disallow-code-generation-from-strings). Asked once. */
const codeFromStrings: boolean = (() => {
  try {
    return new Function("return true")() === true;
  } catch {
    return false;
  }
})();

const caches: Readonly<Record<Build, WeakMap<DescMessage, CompiledMessage>>> = { source: new WeakMap(), closures: new WeakMap() };

export function compiledMessage(desc: DescMessage, build: Build = codeFromStrings ? "source" : "closures"): CompiledMessage {
  const cache = caches[build];
  let compiled = cache.get(desc);
  if (compiled === undefined) {
    compiled = build === "source" ? lazily(desc, build, sourceEncoder, sourceDecoder) : lazily(desc, build, closureEncoder, closureDecoder);
    cache.set(desc, compiled);
  }
  return compiled;
}

export interface BuiltDecoder {
  readonly decode: Decode;
  readonly create: () => AnyMessage;
}

type EncoderBuilder = (plan: MessagePlan, of: (desc: DescMessage) => CompiledMessage) => Encode;
type DecoderBuilder = (plan: MessagePlan, of: (desc: DescMessage) => CompiledMessage) => BuiltDecoder;

function lazily(desc: DescMessage, build: Build, encoder: EncoderBuilder, decoder: DecoderBuilder): CompiledMessage {
  const of = (child: DescMessage): CompiledMessage => compiledMessage(child, build);
  let plan: MessagePlan | undefined;
  const buildDecoder = (): void => {
    Object.assign(compiled, decoder(compiled.plan, of));
  };
  const compiled: CompiledMessage = {
    get plan() {
      plan ??= messagePlan(desc);
      return plan;
    },
    encode(message, p) {
      compiled.encode = encoder(compiled.plan, of);
      return compiled.encode(message, p);
    },
    decode(b, p, end, message, depth, groupEnd) {
      buildDecoder();
      compiled.decode(b, p, end, message, depth, groupEnd);
    },
    create() {
      buildDecoder();
      return compiled.create();
    },
  };
  return compiled;
}
