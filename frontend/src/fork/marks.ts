/** The marks of the nodes of a fork: what is kept, where it begins, and what runs again. */

import type { ForkPlan } from "../api/forks";

export interface Mark {
  tone: "kept" | "begins" | "again" | "effect";
  words: string;
}

export function marksOf(plan: ForkPlan, begins: string | undefined): Map<string, Mark> {
  const marks = new Map<string, Mark>();
  for (const { node_id } of plan.kept) marks.set(node_id, { tone: "kept", words: "kept" });
  for (const { node_id, effects } of plan.again) {
    if (effects) marks.set(node_id, { tone: "effect", words: "runs again, with its effect" });
    else if (marks.get(node_id)?.tone !== "effect") marks.set(node_id, { tone: "again", words: "runs again" });
  }
  if (begins) {
    const effect = marks.get(begins)?.tone === "effect" ? ", with its effect" : "";
    marks.set(begins, { tone: effect ? "effect" : "begins", words: `begins here${effect}` });
  }
  return marks;
}

/** The effects that would be repeated, as one text: a consent is for exactly these. */
export function effectsKey(plan: ForkPlan | undefined): string {
  const repeated = plan?.again.filter((each) => each.effects).map((each) => each.node_id) ?? [];
  return repeated.join("\n");
}
