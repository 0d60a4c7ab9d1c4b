/** The operators that this page knows how to show and edit; any other stays as it is, with its JSON. */

/** Conditions of conditions. */
export const GROUPS = new Set(["and", "or", "!", "!!", "if", "?:"]);
/** Operators that visit the elements of a list; their second argument is about one element. */
export const LOOPS = new Set(["some", "all", "none", "filter", "map", "reduce"]);
/** Operators whose arguments can be added, moved and removed. */
export const LISTS = new Set(["and", "or"]);
/** Operators that compare two arguments: one can stand in the place of another. */
export const COMPARISONS = new Set(["==", "!=", "===", "!==", ">", ">=", "<", "<="]);

const OTHERS = ["var", "missing", "missing_some", "in", "cat", "substr", "log", "merge", "min", "max"];
const ARITHMETIC = ["+", "-", "*", "/", "%"];

const KNOWN = new Set([...GROUPS, ...LOOPS, ...COMPARISONS, ...OTHERS, ...ARITHMETIC]);

export function isKnown(op: string): boolean {
  return KNOWN.has(op);
}

/** The heading of a group, by its operator. */
export const GROUP_TITLES: Record<string, string> = {
  and: "all of these must hold",
  or: "any of these must hold",
  "!": "this must not hold",
  "!!": "this must hold",
  if: "depending on the first that holds",
  "?:": "depending on the first that holds",
};
