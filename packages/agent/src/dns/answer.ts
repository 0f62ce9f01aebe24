/** Answers from the catalog. Pure: what is random and what is now come in. */
import { isIPv4, isIPv6 } from "node:net";
import type { DnsConfig } from "../config/agent-config.js";
import { parseDuration } from "../http/go-duration.js";
import type { DnsData, DnsInstance, DnsNode } from "./dns-data.js";
import { type DnsRecord, RCODE } from "./message.js";
import { type Lookup, parseLookup, reverseAddress } from "./question.js";

export interface AnswerOptions {
  readonly data: DnsData;
  readonly dns: DnsConfig;
  readonly datacenter: string;
  /** Without dots around: "consul". */
  readonly domain: string;
  readonly altDomain: string;
  readonly random: () => number;
  readonly now: () => number;
}

export interface Answer {
  readonly code: number;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

/** undefined: the name is not ours, ask the recursors. */
export function answerFor(options: AnswerOptions, name: string, type: string): Answer | undefined {
  const address = reverseAddress(name);
  if (address !== undefined) return reverseAnswer(options, name, address);
  for (const domain of [options.domain, options.altDomain]) {
    if (domain === "" || !(name === domain || name.endsWith(`.${domain}`))) continue;
    const labels = name === domain ? [] : name.slice(0, -domain.length - 1).split(".");
    return new Answering(options, domain, name, type).of(parseLookup(labels));
  }
  return undefined;
}

function reverseAnswer({ data, domain, dns }: AnswerOptions, name: string, address: string): Answer | undefined {
  const names = data.namesOf(address);
  if (names.length === 0) return undefined;
  const answers = names.map((target): DnsRecord => ({ type: "PTR", name, ttl: seconds(dns.nodeTtlMs), data: `${target}.${domain}` }));
  return { code: RCODE.noError, answers, authorities: [], additionals: [] };
}

class Answering {
  readonly #options: AnswerOptions;
  readonly #domain: string;
  readonly #name: string;
  readonly #type: string;
  readonly #additionals: DnsRecord[] = [];

  constructor(options: AnswerOptions, domain: string, name: string, type: string) {
    this.#options = options;
    this.#domain = domain;
    this.#name = name;
    this.#type = type;
  }

  of(lookup: Lookup): Answer {
    if (lookup.kind === "domain") return this.#domainAnswer();
    const { datacenter, data, dns } = this.#options;
    if ("datacenter" in lookup && lookup.datacenter !== "" && lookup.datacenter !== datacenter) return this.#nameError();
    switch (lookup.kind) {
      case "node": {
        const node = data.node(lookup.node);
        return node === undefined ? this.#nameError() : this.#answer(this.#nodeRecords(node));
      }
      case "service": {
        const found = data.service(lookup.service, lookup.connect).filter((instance) => hasTag(instance, lookup.tag));
        return this.#instances(found.filter(this.#isShown), this.#serviceTtl(lookup.service));
      }
      case "query": {
        const found = data.query(lookup.query);
        if (found === undefined) return this.#nameError();
        const ttl = found.ttl === "" ? undefined : parseDuration(found.ttl);
        return this.#instances(found.instances, ttl === undefined ? 0 : Math.trunc(ttl / 1e9));
      }
      case "address":
        return this.#answer(this.#addressRecords(this.#name, lookup.address, seconds(dns.nodeTtlMs)));
      default:
        return this.#nameError();
    }
  }

  readonly #isShown = ({ status }: DnsInstance): boolean => (this.#options.dns.onlyPassing ? status === "passing" : status !== "critical");

  #answer(answers: readonly DnsRecord[]): Answer {
    const authorities = answers.length === 0 ? [this.#soa()] : [];
    return { code: RCODE.noError, answers, authorities, additionals: this.#additionals };
  }

  #nameError(): Answer {
    return { code: RCODE.nameError, answers: [], authorities: [this.#soa()], additionals: [] };
  }

  #domainAnswer(): Answer {
    const servers = this.#options.data.servers();
    const ttl = seconds(this.#options.dns.nodeTtlMs);
    const target = (node: DnsNode): string => this.#nodeName(node);
    const nameServers = servers.map((node): DnsRecord => ({ type: "NS", name: this.#domain, ttl, data: target(node) }));
    const glue = servers.flatMap((node) => this.#hostRecords(target(node), node.address, ttl));
    if (this.#type === "SOA") return { code: RCODE.noError, answers: [this.#soa()], authorities: nameServers, additionals: glue };
    if (this.#type === "NS") return { code: RCODE.noError, answers: nameServers, authorities: [], additionals: glue };
    if (this.#type === "ANY") return { code: RCODE.noError, answers: [this.#soa(), ...nameServers], authorities: [], additionals: glue };
    return { code: RCODE.noError, answers: [], authorities: [this.#soa()], additionals: [] };
  }

  #soa(): DnsRecord {
    const { refresh, retry, expire, minTtl } = this.#options.dns.soa;
    const serial = Math.floor(this.#options.now() / 1_000);
    const data = { mname: `ns.${this.#domain}`, rname: `hostmaster.${this.#domain}`, serial, refresh, retry, expire, minimum: minTtl };
    return { type: "SOA", name: this.#domain, ttl: minTtl, data };
  }

  #nodeRecords(node: DnsNode): readonly DnsRecord[] {
    const ttl = seconds(this.#options.dns.nodeTtlMs);
    const texts = metaTexts(this.#name, node, ttl);
    if (this.#type === "TXT") return texts;
    const addresses = this.#addressRecords(this.#name, node.address, ttl);
    if (this.#type === "ANY") return [...addresses, ...texts];
    if (this.#options.dns.nodeMetaTxt) this.#additionals.push(...texts);
    return addresses;
  }

  #instances(instances: readonly DnsInstance[], ttl: number): Answer {
    if (instances.length === 0) return this.#nameError();
    const shuffled = shuffle(instances, this.#options.random);
    if (this.#type === "SRV") return this.#answer(shuffled.map((instance) => this.#srv(instance, ttl)));
    const seen = new Set<string>();
    const records = shuffled.flatMap((instance) => {
      const address = instance.address === "" ? instance.node.address : instance.address;
      if (seen.has(address)) return [];
      seen.add(address);
      return this.#addressRecords(this.#name, address, ttl);
    });
    const limit = this.#options.dns.aRecordLimit;
    return this.#answer(limit > 0 ? records.slice(0, limit) : records);
  }

  #srv(instance: DnsInstance, ttl: number): DnsRecord {
    const { address, node, port, weights, status } = instance;
    const target = address === "" ? this.#nodeName(node) : this.#targetOf(address);
    this.#additionals.push(...this.#hostRecords(target, address === "" ? node.address : address, ttl));
    if (this.#options.dns.nodeMetaTxt) this.#additionals.push(...metaTexts(target, node, ttl));
    const weight = status === "passing" ? weights.Passing : weights.Warning;
    return { type: "SRV", name: this.#name, ttl, data: { priority: 1, weight, port, target } };
  }

  #nodeName(node: DnsNode): string {
    return `${node.name}.node.${this.#options.datacenter}.${this.#domain}`;
  }

  /** A name for an address that has none: its digits. */
  #targetOf(address: string): string {
    const digits = hexDigits(address);
    return digits === undefined ? address.replace(/\.$/, "") : `${digits}.addr.${this.#options.datacenter}.${this.#domain}`;
  }

  /** The address as the question wants it; nothing when it is of the other family. A host name becomes a CNAME. */
  #addressRecords(name: string, address: string, ttl: number): readonly DnsRecord[] {
    const wants = (type: string): boolean => this.#type === type || this.#type === "ANY";
    if (isIPv4(address)) return wants("A") ? [{ type: "A", name, ttl, data: address }] : [];
    if (isIPv6(address)) return wants("AAAA") ? [{ type: "AAAA", name, ttl, data: address }] : [];
    const isAddressQuestion = wants("A") || wants("AAAA") || wants("CNAME");
    return address !== "" && isAddressQuestion ? [{ type: "CNAME", name, ttl, data: address.replace(/\.$/, "") }] : [];
  }

  #hostRecords(name: string, address: string, ttl: number): readonly DnsRecord[] {
    if (isIPv4(address)) return [{ type: "A", name, ttl, data: address }];
    return isIPv6(address) ? [{ type: "AAAA", name, ttl, data: address }] : [];
  }

  /** By name; then by the longest prefix that ends in a star. */
  #serviceTtl(service: string): number {
    const ttls = Object.entries(this.#options.dns.serviceTtl);
    const exact = ttls.find(([name]) => name.toLowerCase() === service);
    const prefixes = ttls.filter(([name]) => name.endsWith("*") && service.startsWith(name.slice(0, -1).toLowerCase()));
    const found = exact ?? prefixes.sort(([a], [b]) => b.length - a.length)[0];
    return found === undefined ? 0 : Math.trunc((parseDuration(found[1]) ?? 0) / 1e9);
  }
}

function hasTag(instance: DnsInstance, tag: string): boolean {
  return tag === "" || instance.tags.some((own) => own.toLowerCase() === tag);
}

/** The meta of a node as RFC 1464 writes attributes; keys that begin with rfc1035- are a text by themselves. */
function metaTexts(name: string, node: DnsNode, ttl: number): readonly DnsRecord[] {
  return Object.entries(node.meta).map(([key, value]) => ({
    type: "TXT",
    name,
    ttl,
    data: [key.toLowerCase().startsWith("rfc1035-") ? value : `${key.replace(/[=`]/g, "`$&")}=${value}`],
  }));
}

function hexDigits(address: string): string | undefined {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number)).toString("hex");
  if (!isIPv6(address)) return undefined;
  const [head = "", tail] = address.split("::");
  const groups = (part: string): string[] => (part === "" ? [] : part.split(":").map((group) => group.padStart(4, "0")));
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  return [...front, ...Array<string>(Math.max(0, 8 - front.length - back.length)).fill("0000"), ...back].join("");
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const shuffled = [...items];
  for (let index = shuffled.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [shuffled[index], shuffled[other]] = [shuffled[other]!, shuffled[index]!];
  }
  return shuffled;
}

function seconds(milliseconds: number): number {
  return Math.trunc(milliseconds / 1_000);
}
