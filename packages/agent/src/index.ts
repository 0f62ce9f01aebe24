export type { LogLevel, LogLine } from "./log.js";
export { type Agent, type AgentOptions, startAgent } from "./start-agent.js";
