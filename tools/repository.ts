import { fileURLToPath } from "node:url";

/** The folder that holds package.json, packages/, tools/, ... */
export const repositoryRoot: string = fileURLToPath(new URL("../../", import.meta.url));
