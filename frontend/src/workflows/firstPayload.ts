/** The payload that a form begins with: the parameters of the workflow with their defaults. */

export function firstPayload(parameters: readonly Record<string, unknown>[] | null | undefined): string {
  const members = (parameters ?? []).flatMap((each) =>
    typeof each.name === "string" ? [[each.name, each.default ?? null]] : [],
  );
  return JSON.stringify(Object.fromEntries(members), null, 2);
}
