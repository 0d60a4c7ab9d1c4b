/** Clauses of an explained rule: how each is marked, and what the rule reads. */

import type { ClauseRead, LiteralRead } from "../client/types.gen";

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

/** Operators whose clauses are conditions of their own. */
const GROUPS = new Set(["and", "or", "!", "!!", "if", "?:"]);

/** True if a row for each argument helps: conditions inside, and loops. A comparison is one row. */
export function isGroup(clause: Clause): boolean {
  return GROUPS.has(clause.op) || !!clause.items || clause.args.some((part) => isClause(part) && isGroup(part));
}

/** The heading of a group. */
export function titleOf(clause: Clause): string {
  const titles: Record<string, string> = {
    and: "all of these must hold",
    or: "any of these must hold",
    "!": "this must not hold",
    "!!": "this must hold",
    if: "depending on the first that holds",
    "?:": "depending on the first that holds",
  };
  return titles[clause.op] ?? clause.words;
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
