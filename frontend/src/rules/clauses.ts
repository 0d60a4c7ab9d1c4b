/** Clauses of an explained rule: how each is marked, and what the rule reads. */

import type { ClauseRead, LiteralRead } from "../client/types.gen";
import { GROUP_TITLES, GROUPS } from "./operators";

export type Clause = ClauseRead;

/** true, false, or not evaluated; "odd": it reads a path that is missing, or raised an error. */
export type Mark = "true" | "false" | "skipped" | "odd";

export function isClause(part: ClauseRead | LiteralRead): part is ClauseRead {
  return "op" in part;
}

export function markOf(clause: Clause): Mark {
  if (clause.error) return "odd";
  if (!clause.evaluated) return "skipped";
  if (clause.truthy) return "true";
  return reads(clause).some((read) => read.found === false) ? "odd" : "false";
}

/** The word of a mark, for people who do not see it. */
export const MARK_WORDS: Record<Mark, string> = {
  true: "true",
  false: "false",
  skipped: "not evaluated",
  odd: "false, with a missing or odd value",
};

/** True if a row for each argument helps: conditions inside, and loops. A comparison is one row. */
export function isGroup(clause: Clause): boolean {
  return GROUPS.has(clause.op) || !!clause.items || clause.args.some((part) => isClause(part) && isGroup(part));
}

/** The heading of a group. */
export function titleOf(clause: Clause): string {
  return GROUP_TITLES[clause.op] ?? clause.words;
}

/** The clauses directly in this one that read a path. */
function reads(clause: Clause): Clause[] {
  return clause.args.filter(isClause).filter((part) => part.path !== undefined && part.path !== null);
}

/** All paths that the rule reads, each once, in the order of the rule. */
export function pathsOf(clause: Clause): string[] {
  const found = new Set<string>();
  const visit = (part: ClauseRead | LiteralRead) => {
    if (!isClause(part)) return;
    if (part.path) found.add(part.path);
    part.args.forEach(visit);
  };
  visit(clause);
  return [...found];
}

/** The pointers of a clause and of all around it, so that they can be opened. */
export function pointersTo(pointer: string): string[] {
  const steps = pointer.split("/").slice(1);
  return ["", ...steps.map((_, count) => `/${steps.slice(0, count + 1).join("/")}`)];
}
