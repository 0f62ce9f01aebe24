import type { DescService } from "@bufbuild/protobuf";
import { type Binding, bindClass, bindProtobuf, type ProtobufImplementation } from "@consulrpc/grpc";

/** What `serve` and `connect` know a service by: the descriptor that protoc-gen-es generates, or a name. */
export type ContractSource = DescService | string;

/** What answers a contract: by method for protobuf, an object with methods for a name. */
export type ImplementationOf<C extends ContractSource> = C extends DescService ? Partial<ProtobufImplementation<C>> : object;

export function bindingOf<C extends ContractSource>(contract: C, implementation: ImplementationOf<C>): Binding {
  return typeof contract === "string"
    ? bindClass(contract, implementation)
    : bindProtobuf(contract as DescService, implementation as never);
}

export function contractName(contract: ContractSource): string {
  return typeof contract === "string" ? contract : contract.typeName;
}

/** What Consul says of a contract besides its name, so that a caller that knows nothing else can call it. */
export function contractMeta({ contract }: Binding): Record<string, string> {
  const [only, ...others] = contract.methods;
  return {
    codec: contract.descriptor === undefined ? "msgpack" : "proto",
    ...(only !== undefined && others.length === 0 ? { method: only.name } : {}),
  };
}
