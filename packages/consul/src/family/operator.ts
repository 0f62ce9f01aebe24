import type { RequestOptions } from "../http/requester.js";
import { json, type Read, type ReadOptions } from "../read.js";
import { Family, list } from "./family.js";

export interface RaftServer {
  readonly ID: string;
  readonly Node: string;
  readonly Address: string;
  readonly Leader: boolean;
  readonly ProtocolVersion: string;
  readonly Voter: boolean;
  readonly LastIndex?: number;
}

export interface RaftConfiguration {
  readonly Servers: readonly RaftServer[];
  readonly Index: number;
}

export interface AutopilotConfiguration {
  readonly CleanupDeadServers: boolean;
  readonly LastContactThreshold: string;
  readonly MaxTrailingLogs: number;
  readonly MinQuorum: number;
  readonly ServerStabilizationTime: string;
  readonly RedundancyZoneTag?: string;
  readonly DisableUpgradeMigration?: boolean;
  readonly UpgradeVersionTag?: string;
  readonly CreateIndex?: number;
  readonly ModifyIndex?: number;
}

export interface AutopilotServerHealth {
  readonly ID: string;
  readonly Name: string;
  readonly Address: string;
  readonly SerfStatus: string;
  readonly Version: string;
  readonly Leader: boolean;
  readonly LastContact: string;
  readonly LastTerm: number;
  readonly LastIndex: number;
  readonly Healthy: boolean;
  readonly Voter: boolean;
  readonly StableSince: string;
}

export interface AutopilotHealth {
  readonly Healthy: boolean;
  readonly FailureTolerance: number;
  readonly Servers: readonly AutopilotServerHealth[];
}

export interface AutopilotState extends AutopilotHealth {
  readonly OptimisticFailureTolerance?: number;
  readonly Leader: string;
  readonly Voters: readonly string[];
}

export interface KeyringResponse {
  readonly WAN: boolean;
  readonly Datacenter: string;
  readonly Segment: string;
  readonly Partition?: string;
  readonly Messages: Readonly<Record<string, string>> | null;
  readonly Keys: Readonly<Record<string, number>>;
  readonly PrimaryKeys: Readonly<Record<string, number>>;
  readonly NumNodes: number;
}

export interface OperatorUsage {
  readonly Usage: Readonly<
    Record<
      string,
      {
        readonly Nodes: number;
        readonly Services: number;
        readonly ServiceInstances: number;
        readonly ConnectServiceInstances: Readonly<Record<string, number>>;
        readonly BillableServiceInstances: number;
      }
    >
  >;
  readonly Index: number;
}

/** The servers' consensus, encryption keys and upkeep. */
export class Operator extends Family {
  readonly raftConfiguration: Read<[], ReadOptions, RaftConfiguration> = this.read(0, () => ({
    path: "operator/raft/configuration",
    blocks: "none",
  }));
  readonly autopilotConfiguration: Read<[], ReadOptions, AutopilotConfiguration> = this.read(0, () => ({
    path: "operator/autopilot/configuration",
    blocks: "none",
  }));
  /** Consul answers 429 for a cluster that is not healthy; that is a value here. */
  readonly autopilotHealth: Read<[], ReadOptions, AutopilotHealth> = this.read(0, () => ({
    path: "operator/autopilot/health",
    blocks: "none",
    accept: [429],
  }));
  readonly autopilotState: Read<[], ReadOptions, AutopilotState> = this.read(0, () => ({
    path: "operator/autopilot/state",
    blocks: "none",
  }));
  readonly usage: Read<[], ReadOptions & { readonly global?: boolean }, OperatorUsage> = this.read(0, () => ({
    path: "operator/usage",
    blocks: "none",
    parameters: ({ global }) => ({ global }),
  }));
  readonly keyringList: Read<[], ReadOptions & { readonly relayFactor?: number; readonly localOnly?: boolean }, KeyringResponse[]> =
    this.read(0, () => ({
      path: "operator/keyring",
      blocks: "none",
      parameters: ({ relayFactor, localOnly }) => ({
        "relay-factor": relayFactor,
        "local-only": localOnly === undefined ? undefined : String(localOnly),
      }),
      decode: list<KeyringResponse>,
    }));
  /** Enterprise. */
  readonly license: Read<[], ReadOptions, Readonly<Record<string, unknown>>> = this.read(0, () => ({
    path: "operator/license",
    blocks: "none",
  }));

  raftRemovePeer(peer: { readonly id: string } | { readonly address: string }, options?: RequestOptions): Promise<void> {
    return this.erase("operator/raft/peer", options, { ...peer });
  }

  /** Without an id, Consul chooses the next leader. */
  raftTransferLeader(id?: string, options: RequestOptions = {}): Promise<{ readonly Success: boolean }> {
    return this.send({ method: "POST", path: "operator/raft/transfer-leader", parameters: { id }, options }).then(
      (answer) => json(answer) as { Success: boolean },
    );
  }

  /** False: `cas` did not match. */
  async setAutopilotConfiguration(
    configuration: Partial<AutopilotConfiguration>,
    options: RequestOptions & { readonly cas?: number } = {},
  ): Promise<boolean> {
    const answer = await this.write<boolean | undefined>("operator/autopilot/configuration", configuration, options, { cas: options.cas });
    return answer ?? true;
  }

  keyringInstall(key: string, options?: RequestOptions): Promise<void> {
    return this.submit("operator/keyring", { Key: key }, options);
  }

  /** Makes `key` the one that messages are encrypted with. */
  keyringUse(key: string, options?: RequestOptions): Promise<void> {
    return this.write("operator/keyring", { Key: key }, options);
  }

  async keyringRemove(key: string, options: RequestOptions = {}): Promise<void> {
    await this.send({ method: "DELETE", path: "operator/keyring", body: JSON.stringify({ Key: key }), idempotent: true, options });
  }
}
