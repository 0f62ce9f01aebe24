// npm run tools [-- NAME ...]: builds the foreign programs that are not in the cache yet.
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findGo, type Go } from "./go.js";
import { programs, type RecipeName, toolsFolder } from "./programs.js";
import { recipes } from "./recipes.js";

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in recipes));
if (unknown.length > 0) {
  console.error(`no recipe ${unknown.join(", ")}; there are: ${Object.keys(recipes).join(", ")}`);
  process.exit(2);
}

const missing = (Object.keys(recipes) as RecipeName[])
  .filter((name) => wanted.length === 0 || wanted.includes(name))
  .filter((name) => programsOf(name).some(({ folder, file }) => !existsSync(join(toolsFolder(), folder, file))));

const go = missing.some((name) => recipes[name].needsGo) ? findGo() : undefined;
if (missing.length === 0) console.log(`all there, in ${toolsFolder()}`);
for (const name of missing) {
  if (go !== undefined || !recipes[name].needsGo) build(go, name);
  else {
    console.error(`${name}: needs Go, which is not on PATH`);
    process.exitCode = 1;
  }
}

function programsOf(recipe: RecipeName) {
  return programs.filter((program) => program.recipe === recipe);
}

/** Built beside its place and moved there whole, so that nobody finds half of it. */
function build(go: Go | undefined, name: RecipeName): void {
  const folder = join(toolsFolder(), programsOf(name)[0]?.folder ?? name);
  const part = `${folder}.${process.pid}.part`;
  const startedAtMs = Date.now();
  try {
    mkdirSync(part, { recursive: true });
    recipes[name].build(go as Go, part); // Undefined only where the recipe needs none.
    rmSync(folder, { recursive: true, force: true });
    renameSync(part, folder);
    console.log(`${name}: built in ${Math.round((Date.now() - startedAtMs) / 1000)} s, ${folder}`);
  } catch (error) {
    console.error(`${name}: ${(error as Error).message}`);
    process.exitCode = 1;
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}
