/** One thing that must hold in the repository at `root`. Each problem is a sentence that names the file and says what to do. */
export interface Check {
  readonly name: string;
  find(root: string): Promise<readonly string[]> | readonly string[];
}
