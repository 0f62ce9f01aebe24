// A token with every call, and an interceptor on the server that lets nobody in without it.

import { bearerToken, Code, type Interceptor, RpcError } from "@consulrpc/grpc";
import { connect, serve } from "consulrpc";

const onlyWithToken: Interceptor = (next) => (call) => {
  if (call.method.service.startsWith("grpc.")) return next(call); // health checks and reflection
  if (call.metadata.get("authorization") === "Bearer secret-1") return next(call);
  throw new RpcError(Code.UNAUTHENTICATED, "a valid token is needed");
};

class Safe {
  open(): string {
    return "the safe is open";
  }
}

await using server = await serve("bank.Safe", new Safe(), { server: { interceptors: [onlyWithToken] } });
console.log(`safe at ${server.address}`);

// Asked for once, shared by all calls, fetched anew before it expires. Over TLS the second line is not needed.
const credentials = bearerToken(async () => ({ value: "secret-1", expiresInMs: 3_600_000 }));
await using owner = connect<Safe>("bank.Safe", { credentials, allowPlaintextCredentials: true });
await using stranger = connect<Safe>("bank.Safe");

console.log(await owner.open());
await stranger.open().catch((error: RpcError) => console.log(error.message));
