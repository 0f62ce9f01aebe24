import type { ChannelCore } from "../channel/channel.js";
import type { ServerCore } from "../server/server-core.js";

/** The channels and servers of this process; each leaves when it is closed. */
const channels = new Set<ChannelCore>();
const servers = new Set<ServerCore>();
const ids = new WeakMap<object, bigint>();
let nextId = 1n;

/** channelz's number of a channel, server, member or connection; given when first asked for. */
export function identify(item: object): bigint {
  let id = ids.get(item);
  if (id === undefined) {
    id = nextId++;
    ids.set(item, id);
  }
  return id;
}

export function registerChannel(channel: ChannelCore): () => void {
  channels.add(channel);
  return () => channels.delete(channel);
}

export function registerServer(server: ServerCore): () => void {
  servers.add(server);
  return () => servers.delete(server);
}

export function knownChannels(): ChannelCore[] {
  return [...channels];
}

export function knownServers(): ServerCore[] {
  return [...servers];
}
