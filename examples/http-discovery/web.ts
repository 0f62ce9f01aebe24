// Any HTTP server can be registered, checked and found; it does not have to speak gRPC.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { register, resolve } from "consulrpc";

const web = createServer((_request, response) => response.end("Hello World!\n")).listen(0, "127.0.0.1");
await once(web, "listening");
const { port } = web.address() as AddressInfo;
const registration = await register({ name: "demo", id: "demo-service", address: "127.0.0.1", port, check: { path: "/", interval: "1s" } });

// Elsewhere, somebody who knows only the name. A check starts critical: wait until it has passed once.
const found = await untilHealthy(() => resolve("demo"));
const answer = await fetch(`http://${found}/`);
console.log(`demo: ${(await answer.text()).trim()}`);

await registration.deregister();
web.close();

async function untilHealthy(find: () => Promise<string>): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await find();
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((wait) => setTimeout(wait, 100));
    }
  }
}
