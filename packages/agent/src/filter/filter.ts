/** The seam for `?filter=`: compile once per request, ask once per row. Filled in below. */
export interface Filter {
  /** Whether the row (in the shape that Consul prints) passes. Throws FilterError only for what compiling cannot see. */
  matches(row: unknown): boolean;
}
