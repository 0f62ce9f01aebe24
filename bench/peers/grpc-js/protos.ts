import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

type Service = grpc.ServiceClientConstructor;

const folder = fileURLToPath(new URL("../../../hello/proto/", import.meta.url));
const definition = grpc.loadPackageDefinition(
  loadSync(
    ["hello.proto", "bench.proto"].map((file) => `${folder}${file}`),
    { includeDirs: [folder] },
  ),
) as unknown as { hello: { HelloService: Service }; bench: { BenchService: Service } };

export const HelloService: Service = definition.hello.HelloService;
export const BenchService: Service = definition.bench.BenchService;
