export { foreignProgram, requireForeignProgram, skipWithout } from "./foreign/find.js";
export { repositoryRoot } from "./repository.js";
export { selfSigned } from "./self-signed.js";
