export { type Generated, type GenerateOptions, generate, generateAndWatch } from "./generate.js";
export { ProtoError, type ProtoProblem } from "./proto-error.js";
export { loadProto, type ProtoOptions } from "./proto-files.js";
