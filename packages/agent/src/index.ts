export { type AgentCommandIo, runAgentCommand } from "./config/run-agent-command.js";
export type { LogLevel, LogLine } from "./log.js";
export { type Agent, type AgentOptions, startAgent } from "./start-agent.js";
