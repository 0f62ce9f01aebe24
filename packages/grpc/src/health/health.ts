import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import { bindProtobuf } from "../contract/bind-protobuf.js";
import type { Binding, ServerCall } from "../server/handler.js";
import { Health as HealthService, HealthCheckResponse_ServingStatus as Status } from "./gen/health_pb.js";

export type ServingStatus = "serving" | "not-serving" | "unknown";

const WIRE: Readonly<Record<ServingStatus, Status>> = {
  serving: Status.SERVING,
  "not-serving": Status.NOT_SERVING,
  unknown: Status.UNKNOWN,
};

/** Services that List names at most (gRPC's protocol allows to refuse more). */
const LISTED_MAX = 100;

/**
 * The state behind grpc.health.v1.Health. "" is the server as a whole. A
 * contract is serving as soon as it is added, unless it was set otherwise.
 */
export class Health {
  private readonly statuses = new Map<string, ServingStatus>([["", "serving"]]);
  private readonly watchers = new Set<() => void>();
  private down = false;

  set(service: string, status: ServingStatus): void {
    this.statuses.set(service, status);
    this.tell();
  }

  get(service: string): ServingStatus | undefined {
    const status = this.statuses.get(service);
    return this.down && status !== undefined ? "not-serving" : status;
  }

  /** Forgets a service: it is unknown from now on. */
  clear(service: string): void {
    if (this.statuses.delete(service)) this.tell();
  }

  /** Everything is not serving, whatever is set from now on: clients move on before the server drains. */
  shutdown(): void {
    this.down = true;
    this.tell();
  }

  /** The service to add to a server. */
  binding(): Binding {
    return bindProtobuf(HealthService, {
      check: ({ service }) => {
        const status = this.get(service);
        if (status === undefined) throw new RpcError(Code.NOT_FOUND, `unknown service ${JSON.stringify(service)}`);
        return { status: WIRE[status] };
      },
      list: () => {
        if (this.statuses.size > LISTED_MAX) throw new RpcError(Code.RESOURCE_EXHAUSTED, `the server has more than ${LISTED_MAX} services`);
        return {
          statuses: Object.fromEntries(
            [...this.statuses.keys()].map((name) => [name, { $typeName: "grpc.health.v1.HealthCheckResponse", status: this.wire(name) }]),
          ),
        };
      },
      watch: ({ service }, call) => this.watch(service, call),
    });
  }

  /** The status now, and after each change; several quick changes may be one. Ends with the call. */
  private async *watch(service: string, call: ServerCall): AsyncGenerator<{ status: Status }> {
    let wake: () => void = () => {};
    const onChange = (): void => wake();
    this.watchers.add(onChange);
    call.signal.addEventListener("abort", onChange);
    try {
      for (let told: Status | undefined; !call.signal.aborted; ) {
        const changed = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const status = this.wire(service);
        if (status === told) await changed;
        else yield { status };
        told = status;
      }
    } finally {
      this.watchers.delete(onChange);
    }
  }

  private wire(service: string): Status {
    const status = this.get(service);
    return status === undefined ? Status.SERVICE_UNKNOWN : WIRE[status];
  }

  private tell(): void {
    for (const watcher of this.watchers) watcher();
  }
}
