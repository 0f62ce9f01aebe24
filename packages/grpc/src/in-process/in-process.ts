import { Http2Connection, type Http2Endpoint, linkInMemory } from "@consulrpc/http2";
import { TIMER_DELAY_MAX_MS } from "../call/clock.js";
import type { Connector } from "../channel/connector.js";
import { type Channel, createChannel } from "../channel/create-channel.js";
import type { ChannelOptions } from "../channel/options.js";
import type { Server } from "../server/server.js";

const ADDRESS = "in-process:1";

/**
 * A channel to a server in this process, without a socket. Everything else is
 * the same: both sides run their HTTP/2, so headers, limits, flow control,
 * deadlines and errors are those of a real connection. Meant for tests.
 */
export function createInProcessChannel(server: Server, options: ChannelOptions = {}): Channel {
  return createChannel(`static://${ADDRESS}`, { authority: "in-process", ...options, connector: inProcessConnector(server) });
}

/** Connects to `server` whatever the address. */
export function inProcessConnector(server: Server): Connector {
  return async (_address, accept, signal) => {
    signal.throwIfAborted();
    const { core, limits } = server.internals;
    if (core.draining) throw new Error("connection refused");
    const nowMs = (): number => core.clock.nowMs();
    const ends: Http2Connection[] = [];
    let hold: (() => void) | undefined = core.clock.after(TIMER_DELAY_MAX_MS, () => {});
    const link: Link = {
      destroy: (reason = "destroyed") => {
        link.unref();
        for (const end of ends) end.transportClosed(reason);
      },
      // A socket in use keeps the process alive; here a timer does.
      ref: () => {
        hold ??= core.clock.after(TIMER_DELAY_MAX_MS, () => {});
      },
      unref: () => {
        hold?.();
        hold = undefined;
      },
    };
    const clientEnd = new Http2Connection({ role: "client", nowMs: nowMs() }, (connection) => accept(endOf(connection, link)));
    const serverEnd = new Http2Connection({ role: "server", nowMs: nowMs(), limits }, (connection) => core.accept(endOf(connection, link)));
    ends.push(clientEnd, serverEnd);
    linkInMemory(clientEnd, serverEnd, nowMs);
    return endOf(clientEnd, link);
  };
}

type Link = Pick<Http2Endpoint, "destroy" | "ref" | "unref">;

function endOf(connection: Http2Connection, link: Link): Http2Endpoint {
  return { connection, remoteAddress: "in-process", localAddress: "in-process", tls: undefined, bytesRead: 0, bytesWritten: 0, ...link };
}
