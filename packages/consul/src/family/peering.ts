import type { RequestOptions } from "../http/requester.js";
import { json, type Read, type ReadOptions } from "../read.js";
import { Family, list } from "./family.js";

export type PeeringState = "UNDEFINED" | "PENDING" | "ESTABLISHING" | "ACTIVE" | "FAILING" | "DELETING" | "TERMINATED";

export interface Peering {
  readonly ID: string;
  readonly Name: string;
  readonly Partition?: string;
  readonly Meta?: Readonly<Record<string, string>>;
  readonly State: PeeringState;
  readonly PeerID?: string;
  readonly PeerCAPems?: readonly string[];
  readonly PeerServerName?: string;
  readonly PeerServerAddresses?: readonly string[];
  readonly StreamStatus: {
    readonly ImportedServices: readonly string[] | null;
    readonly ExportedServices: readonly string[] | null;
    readonly LastHeartbeat: string | null;
    readonly LastReceive: string | null;
    readonly LastSend: string | null;
  };
  readonly Remote?: {
    readonly Partition: string;
    readonly Datacenter: string;
    readonly Locality?: { readonly Region?: string; readonly Zone?: string };
  };
  readonly DeletedAt?: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface PeeringTokenRequest {
  readonly PeerName: string;
  readonly Partition?: string;
  readonly Meta?: Readonly<Record<string, string>>;
  readonly ServerExternalAddresses?: readonly string[];
}

export interface PeeringEstablishRequest {
  readonly PeerName: string;
  readonly PeeringToken: string;
  readonly Partition?: string;
  readonly Meta?: Readonly<Record<string, string>>;
}

/** Clusters that export services to each other. */
export class Peerings extends Family {
  readonly list: Read<[], ReadOptions, Peering[]> = this.read(0, () => ({ path: "peerings", blocks: "none", decode: list<Peering> }));

  /** Undefined: no such peering. */
  readonly get: Read<[name: string], ReadOptions, Peering | undefined> = this.read(1, (name) => ({
    path: `peering/${encodeURIComponent(name)}`,
    blocks: "none",
    accept: [404],
    decode: (answer) => (answer.status === 404 ? undefined : (json(answer) as Peering)),
  }));

  /** The token with which the other cluster establishes the peering. */
  async generateToken(request: PeeringTokenRequest, options?: RequestOptions): Promise<string> {
    return (await this.submit<{ PeeringToken: string }>("peering/token", request, options)).PeeringToken;
  }

  establish(request: PeeringEstablishRequest, options?: RequestOptions): Promise<void> {
    return this.submit("peering/establish", request, options);
  }

  remove(name: string, options?: RequestOptions): Promise<void> {
    return this.erase(`peering/${encodeURIComponent(name)}`, options);
  }
}
