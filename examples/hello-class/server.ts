// A service without a .proto.
import { serve } from "consulrpc";
import { Echo } from "./echo.js";

const server = await serve("example.Echo", new Echo());
console.log(`serving example.Echo at ${server.address}`);
