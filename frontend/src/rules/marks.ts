/** What an event made of a rule that is edited, and what is said of its parts, by the rows of the rule. */

import { type Clause, isClause, type Mark, markOf } from "./clauses";
import { valueWords } from "./words";

export interface Met {
  mark: Mark;
  /** The value that the event had: "was 70"; "" where the clause reads none. */
  was: string;
}

/** What each clause of an explained rule met, by its pointer; items of loops are left out. */
export function marksOf(tree: Clause): Map<string, Met> {
  const found = new Map<string, Met>();
  const visit = (clause: Clause) => {
    found.set(clause.pointer, { mark: markOf(clause), was: wasOf(clause) });
    clause.args.filter(isClause).forEach(visit);
  };
  visit(tree);
  return found;
}

function wasOf(clause: Clause): string {
  const read = [clause, ...clause.args.filter(isClause)].find((each) => typeof each.path === "string");
  if (!read) return "";
  return read.found === false ? "is missing" : `was ${valueWords(read.value, 40)}`;
}

/** A sentence about a part of a rule. */
export interface Message {
  pointer: string;
  message: string;
}

/** Each message at the row that its part is in. */
export function messagesOf(rows: { key: string }[], messages: Message[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { pointer, message } of messages) {
    const around = rows.filter(({ key }) => pointer === key || pointer.startsWith(`${key}/`));
    const nearest = around.reduce<string | null>(
      (best, { key }) => (best === null || key.length > best.length ? key : best),
      null,
    );
    if (nearest === null) continue;
    found.set(nearest, [found.get(nearest), message].filter(Boolean).join(" "));
  }
  return found;
}
