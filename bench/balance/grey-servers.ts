// Ten servers in one process, one of which is not well: `grey-servers FAULT`. Prints their ports on one line.
import { bindProtobuf, Code, createServer, RpcError } from "@consulrpc/grpc";
import { HelloService } from "../hello/gen/hello_pb.js";

const SERVERS = 10;
const SERVICE_MS = 5;
const SLOWDOWN = 20;
const FAILURE_SHARE = 0.5;

const [fault = "slow"] = process.argv.slice(2);
const ports: number[] = [];

for (let index = 0; index < SERVERS; index++) {
  const grey = index === 3 ? fault : "none";
  const server = createServer();
  server.add(
    bindProtobuf(HelloService, {
      sayHello: async ({ name }) => {
        if (grey === "fails" && Math.random() < FAILURE_SHARE) throw new RpcError(Code.UNAVAILABLE, "not well");
        await new Promise((resolve) => {
          if (grey !== "hangs") setTimeout(resolve, grey === "slow" ? SERVICE_MS * SLOWDOWN : SERVICE_MS);
        });
        return { message: `Hello ${name}` };
      },
    }),
  );
  ports.push((await server.listen({ host: "127.0.0.1" })).port);
}
console.log(ports.join(" "));
