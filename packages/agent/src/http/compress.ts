import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import type { HttpRequest, HttpResponse } from "./message.js";

/** Answers below this are not worth compressing, as in Consul. */
const GZIP_BYTES_MIN = 1400;

const compressBytes = promisify(gzip);

/** Off the loop, in the thread pool; undefined when the client does not take it or it does not pay. */
export function compress(request: HttpRequest, { body }: HttpResponse): Promise<Buffer> | undefined {
  const bytes = body as string | Buffer;
  if (bytes.length < GZIP_BYTES_MIN || !acceptsGzip(request.header("accept-encoding"))) return undefined;
  return compressBytes(bytes, { level: constants.Z_BEST_SPEED });
}

function acceptsGzip(accepted: string | undefined): boolean {
  return accepted !== undefined && /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(accepted);
}
