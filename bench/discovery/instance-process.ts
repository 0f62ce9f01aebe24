// node instance-process.js NAME: one instance of Who, registered where CONSUL_HTTP_ADDR says; prints its name when it is.
import { serve } from "consulrpc";
import { here, Who } from "./who.js";

const [name = ""] = process.argv.slice(2);
const id = `${name}-${process.pid}`;
await serve(name, new Who(id), { ...here, id, check: { interval: "1s" } });
console.log(id);
