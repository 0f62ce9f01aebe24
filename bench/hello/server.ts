// npm run --silent hello:server -- --port N [--host H] [--cert F --key F]: hello.HelloService and helloworld.Greeter, without Consul.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createServer, reflectionBindings } from "@consulrpc/grpc";
import { services } from "./services.js";

/** Room for the 1 MiB messages of the benchmarks, and then some. */
const MESSAGE_BYTES_MAX = 16 * 2 ** 20;

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    host: { type: "string", default: "127.0.0.1" },
    cert: { type: "string" },
    key: { type: "string" },
  },
});
const { cert, key } = values;

const server = createServer({
  messageBytesMax: MESSAGE_BYTES_MAX,
  // For tools that speak HTTP and no gRPC: h2spec, h2load, curl.
  fallback: () => ({ status: 200, headers: { "content-type": "text/plain" }, body: "Hello you\n" }),
  ...(cert === undefined || key === undefined ? {} : { tls: { source: { certificate: readFileSync(cert), key: readFileSync(key) } } }),
});
for (const service of services) server.add(service);
for (const binding of reflectionBindings(() => server.contracts)) server.add(binding);
const { port } = await server.listen({ host: values.host, port: Number(values.port) });
console.log(`start gRPC server on port :${port}`);

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    void server.drain().then(() => process.exit(0));
  });
}
