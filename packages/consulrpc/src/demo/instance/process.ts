// One instance of one of the shop's services, as a process of its own: NAME ID. Tells its parent when it serves.
import { serve } from "../../door/serve.js";
import { type ServiceName, services } from "../shop.js";

const [name, id] = process.argv.slice(2) as [ServiceName, string];
const { contract, implementation } = services[name];
const options = { name, id, address: "127.0.0.1", host: "127.0.0.1", check: { interval: "1s" } };
const served = await serve(contract, new implementation(id), options);
process.send?.({ port: served.port });

// A demo that was killed leaves no orphans.
process.on("disconnect", () => void served.close().then(() => process.exit(0)));
