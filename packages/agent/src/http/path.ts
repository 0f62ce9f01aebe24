/** The path without empty and dot segments; a trailing slash stays. A path that this changes is answered with a redirect. */
export function cleanPath(path: string): string {
  if (!path.includes("//") && !path.includes("/.") && path.startsWith("/")) return path;
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  const clean = `/${kept.join("/")}`;
  return path.endsWith("/") && clean !== "/" ? `${clean}/` : clean;
}
