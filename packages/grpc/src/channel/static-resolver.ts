import type { Resolution, Resolver } from "./resolver.js";
import { plainEndpoint, splitAddress } from "./target.js";

/** static://a:1,b:2 is those addresses, for ever; "a:1=5" gives it weight 5. */
export const staticResolver: Resolver = async function* (target, signal): AsyncGenerator<Resolution> {
  const endpoints = target.name
    .split(",")
    .filter((part) => part !== "")
    .map((part) => {
      const [address, weight] = part.trim().split("=") as [string, string | undefined];
      splitAddress(address);
      return weight === undefined ? plainEndpoint(address) : { ...plainEndpoint(address), weight: Number(weight) };
    });
  if (endpoints.length === 0) throw new TypeError(`target ${target.text} names no address`);
  if (signal.aborted) return;
  yield { endpoints, freshness: "fresh" };
};

/** unix:///run/demo.sock */
export const unixResolver: Resolver = async function* (target): AsyncGenerator<Resolution> {
  yield { endpoints: [plainEndpoint(`unix:${target.name}`)], freshness: "fresh" };
};
