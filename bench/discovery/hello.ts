import { Consul } from "@consulrpc/consul";
import { register } from "consulrpc";
import type { Server } from "../agent/contestants.js";
import { pairs, startServer } from "../harness/pairs.js";
import { here } from "./who.js";

export const HELLO = "bench-hello";

export interface Hello {
  /** Of the registry. */
  readonly consul: string;
  readonly port: number;
  close(): Promise<void>;
}

/** A registry and, known to it, the benchmarks' server in a process of its own. */
export async function registeredHello(begin: (mode: "dev") => Promise<Server>): Promise<Hello> {
  const registry = await begin("dev");
  const address = `127.0.0.1:${registry.port}`;
  const { server, port } = await startServer(pairs.ours!(), undefined);
  const consul = new Consul({ address, environment: {} });
  const registration = await register({ consul, name: HELLO, address: here.address, port, log: here.log });
  const close = async (): Promise<void> => {
    await registration.deregister();
    consul.close();
    await server.stop();
    await registry.stop();
  };
  return { consul: address, port, close };
}
