import type { DescService } from "@bufbuild/protobuf";
import { bindClass, bindProtobuf, createServer, reflectionBindings, type Server } from "@consulrpc/grpc";
import { loadProto } from "@consulrpc/grpc/proto";

export const PROTO = new URL("../../../integration/contract/greeter.proto", import.meta.url).pathname;

export class Echo {
  async echo(message: string): Promise<string> {
    return message;
  }
  add(left: number, right: number): number {
    return left + right;
  }
  async *count(to: number): AsyncGenerator<number> {
    for (let i = 1; i <= to; i++) yield i;
  }
  async sum(items: AsyncIterable<number>): Promise<number> {
    let total = 0;
    for await (const item of items) total += item;
    return total;
  }
  async *scale(items: AsyncIterable<number>, by: number): AsyncGenerator<number> {
    for await (const item of items) yield item * by;
  }
  async same<T>(value: T): Promise<T> {
    return value;
  }
}

export class Solo {
  hello(): string {
    return "Hello, ConsulRPC!";
  }
}

interface Named {
  readonly name: string;
}

/** A class, a class with one method, and a service from a .proto, with reflection, on a free port. */
export async function servedContracts(): Promise<{ server: Server; greeter: DescService; port: number }> {
  const greeter = (await loadProto(PROTO)).getService("helloworld.Greeter")!;
  const server = createServer();
  server.add(bindClass("example.Echo", new Echo()));
  server.add(bindClass("example.Solo", new Solo()));
  server.add(
    bindProtobuf(greeter, {
      sayHello: ({ name }: Named) => ({ message: `Hello ${name}` }),
      async *sayHellos(requests: AsyncIterable<Named>) {
        for await (const { name } of requests) yield { message: `Hello ${name}` };
      },
    } as never),
  );
  for (const binding of reflectionBindings(() => server.contracts)) server.add(binding);
  const { port } = await server.listen({ host: "127.0.0.1" });
  return { server, greeter, port };
}
