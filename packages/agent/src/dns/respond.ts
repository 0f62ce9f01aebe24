/** A question in, a response out, cut to what the way back can carry. Pure. */
import { encodingLength } from "dns-packet";
import { type AnswerOptions, answerFor } from "./answer.js";
import { AUTHORITATIVE, type DnsMessage, type OptRecord, RCODE, RECURSION_AVAILABLE, RECURSION_DESIRED, TRUNCATED } from "./message.js";

export interface RespondOptions extends AnswerOptions {
  readonly hasRecursors: boolean;
}

/** Without EDNS (RFC 1035 §4.2.1). */
const UDP_BYTES = 512;
/** No more is believed, whatever EDNS says. */
const UDP_BYTES_MAX = 8_192;
const TCP_BYTES_MAX = 65_535;
/** More addresses than this never go into a plain UDP answer. */
const UDP_ANSWERS_MAX = 8;

/** undefined: the question is for the recursors. */
export function respond(options: RespondOptions, query: DnsMessage, transport: "udp" | "tcp"): DnsMessage | undefined {
  const [question] = query.questions;
  if (query.questions.length !== 1 || question === undefined) return refusal(query, RCODE.formatError);
  if (((query.flags >> 11) & 0xf) !== 0) return refusal(query, RCODE.notImplemented);
  const answer = answerFor(options, question.name.toLowerCase().replace(/\.$/, ""), question.type);
  if (answer === undefined) return options.hasRecursors ? undefined : refusal(query, RCODE.refused);
  const opt = optOf(query);
  const additionals = opt === undefined ? answer.additionals : [...answer.additionals, echoed(opt)];
  const response: DnsMessage = {
    id: query.id,
    type: "response",
    flags: AUTHORITATIVE | recursion(query, options.hasRecursors) | answer.code,
    questions: query.questions,
    // The name comes back as it was asked: resolvers compare it (draft-vixie-dnsext-dns0x20).
    answers: answer.answers.map((record) => (record.name === question.name.toLowerCase() ? { ...record, name: question.name } : record)),
    authorities: answer.authorities,
    additionals,
  };
  return transport === "tcp" ? trim(response, TCP_BYTES_MAX, Number.POSITIVE_INFINITY, options) : trimForUdp(response, opt, options);
}

export function refusal(query: DnsMessage, code: number): DnsMessage {
  const flags = (query.flags & RECURSION_DESIRED) | code;
  return { id: query.id, type: "response", flags, questions: query.questions, answers: [], authorities: [], additionals: [] };
}

function recursion(query: DnsMessage, isAvailable: boolean): number {
  return (query.flags & RECURSION_DESIRED) | (isAvailable ? RECURSION_AVAILABLE : 0);
}

function optOf(query: DnsMessage): OptRecord | undefined {
  return query.additionals.find((record): record is OptRecord => record.type === "OPT");
}

function echoed(opt: OptRecord): OptRecord {
  return { type: "OPT", name: ".", udpPayloadSize: opt.udpPayloadSize, flags: opt.flags, options: [] };
}

function trimForUdp(response: DnsMessage, opt: OptRecord | undefined, options: RespondOptions): DnsMessage {
  const bytesMax = Math.min(UDP_BYTES_MAX, Math.max(UDP_BYTES, opt?.udpPayloadSize ?? 0));
  const limit = options.dns.udpAnswerLimit;
  const answersMax = bytesMax === UDP_BYTES ? Math.min(UDP_ANSWERS_MAX, limit > 0 ? limit : UDP_ANSWERS_MAX) : Number.POSITIVE_INFINITY;
  return trim(response, bytesMax, answersMax, options);
}

/** Takes answers away from the end, each with what only it needs, until the rest fits. */
function trim(response: DnsMessage, bytesMax: number, answersMax: number, options: RespondOptions): DnsMessage {
  const fits = (count: number): DnsMessage | undefined => {
    const cut = count === response.answers.length ? response : withAnswers(response, count);
    return encodingLength(cut) <= bytesMax ? cut : undefined;
  };
  let low = 0;
  let high = Math.min(response.answers.length, answersMax);
  let best = fits(high);
  while (best === undefined && low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle) === undefined) high = middle - 1;
    else low = middle;
    if (low === high) best = fits(low);
  }
  const trimmed = best ?? { ...withAnswers(response, 0), additionals: [], authorities: [] };
  const isCut = trimmed.answers.length < response.answers.length;
  return isCut && options.dns.enableTruncate ? { ...trimmed, flags: trimmed.flags | TRUNCATED } : trimmed;
}

function withAnswers(response: DnsMessage, count: number): DnsMessage {
  const answers = response.answers.slice(0, count);
  const targets = new Set(answers.flatMap((record) => (record.type === "SRV" ? [record.data.target] : [record.name])));
  return { ...response, answers, additionals: response.additionals.filter(({ type, name }) => type === "OPT" || targets.has(name)) };
}
