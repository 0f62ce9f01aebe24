// node server.js dev|disk PORT DIRECTORY: the embedded agent alone in a process; prints its URL when it answers.
import { startAgent } from "@consulrpc/agent";

const [mode, port = "0", dataDir = ""] = process.argv.slice(2);
const agent = await startAgent({
  httpPort: Number(port),
  nodeName: "bench",
  ...(mode === "disk" ? { dataDir } : { pretty: true }),
});
console.log(agent.url);
const stop = (): void => {
  void agent.stop().then(() => process.exit(0));
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
