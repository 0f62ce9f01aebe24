import { Code } from "../../call/code.js";
import { RpcError } from "../../call/rpc-error.js";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const UNDERSCORE = 0x5f;
const LIST = 0x5b;
const LIST_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;
const COMMA = 0x2c;
const COLON = 0x3a;

/**
 * Looks a JSON text over before it is parsed: how deep it is, and how many values it
 * holds at most. Gives back whether a key may be "__proto__": one that begins with an
 * underscore, or has an escape. What is no JSON at all is left to the parser.
 */
export function checkJsonLimits(b: Buffer, start: number, end: number, depthMax: number, elementsMax: number): boolean {
  let depth = 0;
  let elements = 1;
  let suspicious = false;
  for (let p = start; p < end; p++) {
    switch (b[p]) {
      case QUOTE: {
        suspicious ||= b[p + 1] === UNDERSCORE || b[p + 1] === BACKSLASH;
        p++;
        while (p < end && b[p] !== QUOTE) {
          if (b[p] === BACKSLASH) {
            suspicious = true;
            p++;
          }
          p++;
        }
        break;
      }
      case LIST:
      case OBJECT:
        if (++depth > depthMax) refuse(p - start, `values are nested deeper than depthMax = ${depthMax}`);
        elements++;
        break;
      case LIST_END:
      case OBJECT_END:
        depth--;
        break;
      case COMMA:
      case COLON:
        elements++;
        break;
    }
    if (elements > elementsMax) refuse(p - start, `more than decodedElementsMax = ${elementsMax} values`);
  }
  return suspicious;
}

function refuse(offset: number, what: string): never {
  throw new RpcError(Code.RESOURCE_EXHAUSTED, `cannot decode json at offset ${offset}: ${what}`);
}
