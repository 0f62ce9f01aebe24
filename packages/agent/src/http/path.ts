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

/** Whether every character of a decoded path can be printed, in Go's sense: letters, marks, numbers, punctuation, symbols, space. */
export function isPrintable(path: string): boolean {
  return !/[^\x20-\x7e]/.test(path) || !/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(path);
}
