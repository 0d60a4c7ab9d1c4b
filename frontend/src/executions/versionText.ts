/** The version that an execution runs, in words: one that only it has is negative. */

export function versionText(version: number): string {
  return version < 0 ? "own definition" : `v${version}`;
}
