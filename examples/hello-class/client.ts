// The client of a class knows its type and nothing else: no code generation.
import { connect } from "consulrpc";
import type { Echo } from "./echo.js";

await using echo = connect<Echo>("example.Echo");
console.log(await echo.with({ timeoutMs: 1_000 }).echo("hi"));

for await (const item of echo.count(3)) console.log(item);

async function* upTo(last: number): AsyncGenerator<number> {
  for (let item = 1; item <= last; item++) yield item;
}
console.log(await echo.sum(upTo(4)));
