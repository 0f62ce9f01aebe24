// The interop server as a process: [--cert F --key F]; prints "ready PORT".
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createServer } from "@consulrpc/grpc";
import { testService } from "./test-service.js";

const { values } = parseArgs({
  options: { cert: { type: "string" }, key: { type: "string" }, compression: { type: "string", default: "identity" } },
});
const { cert, key, compression } = values;

const server = createServer({
  compression,
  ...(cert === undefined || key === undefined ? {} : { tls: { source: { certificate: readFileSync(cert), key: readFileSync(key) } } }),
});
server.add(testService);
console.log(`ready ${(await server.listen({ host: "127.0.0.1" })).port}`);
