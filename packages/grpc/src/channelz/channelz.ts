import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ConnectivityState } from "../balance/balancer.js";
import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import type { ChannelCore } from "../channel/channel.js";
import type { ManagedMember } from "../channel/managed-member.js";
import { bindProtobuf } from "../contract/bind-protobuf.js";
import type { Binding } from "../server/handler.js";
import type { ServerConnection } from "../server/server-connection.js";
import type { ServerCore } from "../server/server-core.js";
import {
  type AddressSchema,
  type ChannelSchema,
  Channelz,
  type ServerSchema,
  type SocketSchema,
  ChannelConnectivityState_State as State,
  type SubchannelSchema,
} from "./gen/channelz_pb.js";
import { identify, knownChannels, knownServers } from "./registry.js";

/** Entries of one answer (gRFC A14 lets the server choose). */
const RESULTS_MAX = 100;

const STATES: Readonly<Record<ConnectivityState, State>> = {
  idle: State.IDLE,
  connecting: State.CONNECTING,
  ready: State.READY,
  "transient-failure": State.TRANSIENT_FAILURE,
  shutdown: State.SHUTDOWN,
};

/** The essentials of channelz (gRFC A14): which channels, servers and connections this process has, and how their calls fare. */
export function channelzBinding(): Binding {
  return bindProtobuf(Channelz, {
    getTopChannels: ({ startChannelId, maxResults }) => {
      const { items, end } = page(knownChannels(), startChannelId, maxResults);
      return { channel: items.map(channelMessage), end };
    },
    getChannel: ({ channelId }) => ({ channel: channelMessage(found(knownChannels(), channelId, "channel")) }),
    getSubchannel: ({ subchannelId }) => ({ subchannel: subchannelMessage(found(allMembers(), subchannelId, "subchannel")) }),
    getServers: ({ startServerId, maxResults }) => {
      const { items, end } = page(knownServers(), startServerId, maxResults);
      return { server: items.map(serverMessage), end };
    },
    getServer: ({ serverId }) => ({ server: serverMessage(found(knownServers(), serverId, "server")) }),
    getServerSockets: ({ serverId, startSocketId, maxResults }) => {
      const sockets = [...found(knownServers(), serverId, "server").connections];
      const { items, end } = page(sockets, startSocketId, maxResults);
      return { socketRef: items.map((connection) => ({ socketId: identify(connection), name: connection.peer })), end };
    },
    getSocket: ({ socketId }) => ({ socket: socketMessage(found(allSockets(), socketId, "socket")) }),
  });
}

function page<T extends object>(all: readonly T[], start: bigint, max: bigint): { items: T[]; end: boolean } {
  const later = all.filter((item) => identify(item) >= start).sort((a, b) => Number(identify(a) - identify(b)));
  const count = max > 0n ? Math.min(Number(max), RESULTS_MAX) : RESULTS_MAX;
  return { items: later.slice(0, count), end: later.length <= count };
}

function found<T extends object>(all: readonly T[], id: bigint, what: string): T {
  const item = all.find((candidate) => identify(candidate) === id);
  if (item === undefined) throw new RpcError(Code.NOT_FOUND, `no ${what} ${id}`);
  return item;
}

function allMembers(): ManagedMember[] {
  return knownChannels().flatMap((channel) => channel.members.all);
}

/** A connection of either side. */
type Socket = Pick<ServerConnection, "endpoint" | "callsStarted"> & { readonly peer?: string };

function allSockets(): Socket[] {
  const ofServers = knownServers().flatMap((server) => [...server.connections]);
  return [...ofServers, ...allMembers().flatMap((member) => member.liveConnections)];
}

function channelMessage(channel: ChannelCore): MessageInitShape<typeof ChannelSchema> {
  return {
    ref: { channelId: identify(channel), name: channel.options.target.text },
    data: { state: { state: STATES[channel.state.current] }, target: channel.options.target.text, ...counts(channel.counts) },
    subchannelRef: channel.members.all.map((member) => ({ subchannelId: identify(member), name: member.endpoint.address })),
  };
}

function subchannelMessage(member: ManagedMember): MessageInitShape<typeof SubchannelSchema> {
  return {
    ref: { subchannelId: identify(member), name: member.endpoint.address },
    data: { state: { state: STATES[member.state] }, target: member.endpoint.address, callsStarted: BigInt(member.calls) },
    socketRef: member.liveConnections.map((connection) => ({ socketId: identify(connection), name: connection.address })),
  };
}

function serverMessage(server: ServerCore): MessageInitShape<typeof ServerSchema> {
  return {
    ref: { serverId: identify(server), name: `server ${identify(server)}` },
    data: counts(server.counts),
  };
}

function socketMessage(socket: Socket): MessageInitShape<typeof SocketSchema> {
  const { endpoint, callsStarted } = socket;
  return {
    ref: { socketId: identify(socket), name: endpoint.remoteAddress },
    data: { streamsStarted: BigInt(callsStarted) },
    local: addressMessage(endpoint.localAddress),
    remote: addressMessage(endpoint.remoteAddress),
  };
}

function addressMessage(address: string): MessageInitShape<typeof AddressSchema> {
  const port = address.slice(address.lastIndexOf(":") + 1);
  const host = address.slice(0, address.lastIndexOf(":"));
  const parts = host.split(".").map(Number);
  if (parts.length !== 4) return { address: { case: "udsAddress" as const, value: { filename: address } } };
  return { address: { case: "tcpipAddress" as const, value: { ipAddress: Uint8Array.from(parts), port: Number(port) } } };
}

function counts({ started, succeeded, failed }: ServerCore["counts"]): {
  callsStarted: bigint;
  callsSucceeded: bigint;
  callsFailed: bigint;
} {
  return { callsStarted: BigInt(started), callsSucceeded: BigInt(succeeded), callsFailed: BigInt(failed) };
}
