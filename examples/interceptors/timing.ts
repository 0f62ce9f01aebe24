// One shape on both sides: a function around a call.

import type { Interceptor } from "@consulrpc/grpc";
import { connect, serve } from "consulrpc";

/** Reports every unary call and how it went. */
const logged: Interceptor = (next) => (call) => {
  const response = next(call);
  if (!(response instanceof Promise)) return response;
  const report = (outcome: string): void => console.log(`${call.side} ${call.method.path} ${outcome}`);
  response.then(
    () => report("ok"),
    (error: Error) => report(error.message),
  );
  return response;
};

/** Adds metadata on the way out. */
const tenant: Interceptor = (next) => (call) => {
  call.metadata.set("x-tenant", "blue");
  return next(call);
};

class Greeter {
  greet(name: string): string {
    if (name === "") throw new TypeError("a name is needed");
    return `Hello ${name}`;
  }
}

await using server = await serve("example.Greeter", new Greeter());
await using greeter = connect<Greeter>("example.Greeter", { interceptors: [tenant, logged] });
console.log(`greeter at ${server.address}`);
console.log(await greeter.greet("Ada"));
await greeter.greet("").catch(() => {});
