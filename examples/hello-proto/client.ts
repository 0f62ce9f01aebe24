// Calls hello.HelloService wherever it runs: node examples/dist/hello-proto/client.js [name]
import { connect } from "consulrpc";
import { HelloService } from "../gen/hello_pb.js";

await using hello = connect(HelloService);
const { message } = await hello.sayHello({ name: process.argv[2] ?? "world" }, { timeoutMs: 1_000 });
console.log(message);

for await (const greeting of hello.watch({ topic: "tick" }, { timeoutMs: 5_000 })) {
  console.log(greeting.message);
  if (greeting.message === "tick 3") break; // leaving the loop cancels the call
}
