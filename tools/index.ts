export { repositoryRoot } from "./repository.js";
