/** Where a text stops being JSON: browsers word their errors differently, and some name no place. */

const WORD =
  /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|[\u007f-\u009f])*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy;
/** Levels of lists and objects; the server refuses more of them than a hundred. */
const DEEPEST = 500;

export interface JsonFault {
  place: number;
  message: string;
}

/** The first fault of a text; null: it is JSON. */
export function findFault(text: string): JsonFault | null {
  const ends: ("}" | "]")[] = [];
  let at = 0;
  let needs: "value" | "key" | "end" = "value";
  // True directly after a bracket that opened: the list or the object may be empty.
  let isFresh = false;
  for (;;) {
    while (/[ \t\r\n]/.test(text[at] ?? "")) at += 1;
    const letter = text[at];
    const end = ends.at(-1);
    if (letter === undefined) {
      return ends.length || needs !== "end" ? faultAt(text, at, wanted(needs, end)) : null;
    }
    if (letter === end && (needs === "end" || isFresh)) {
      ends.pop();
      at += 1;
      needs = "end";
    } else if (needs === "end") {
      if (letter !== "," || !end) return faultAt(text, at, wanted(needs, end));
      at += 1;
      needs = end === "}" ? "key" : "value";
    } else if (needs === "value" && (letter === "{" || letter === "[")) {
      if (ends.length === DEEPEST) return { place: at, message: `It is nested deeper than ${DEEPEST} levels.` };
      ends.push(letter === "{" ? "}" : "]");
      at += 1;
      needs = letter === "{" ? "key" : "value";
      isFresh = true;
      continue;
    } else {
      const next = endOfWord(text, at);
      if (next === null || (needs === "key" && letter !== '"')) return faultAt(text, at, wanted(needs, end, isFresh));
      at = next;
      if (needs === "key") {
        while (/[ \t\r\n]/.test(text[at] ?? "")) at += 1;
        if (text[at] !== ":") return faultAt(text, at, "a colon after the key");
        at += 1;
        needs = "value";
      } else needs = "end";
    }
    isFresh = false;
  }
}

function endOfWord(text: string, at: number): number | null {
  WORD.lastIndex = at;
  return WORD.test(text) ? WORD.lastIndex : null;
}

function wanted(needs: "value" | "key" | "end", end: string | undefined, isFresh = false): string {
  if (needs === "key") return isFresh ? "a key in quotes, or }" : "a key in quotes";
  if (needs === "value") return isFresh && end ? `a value, or ${end}` : "a value";
  return end ? `a comma or ${end}` : "the end of the text";
}

function faultAt(text: string, place: number, needed: string): JsonFault {
  const [found] = text.slice(place, place + 40).match(/^(?:"[^"\n]*"?|[\w.+-]+|.)/su) ?? [];
  return { place, message: `Needed here: ${needed}; found: ${found ?? "the end of the text"}.` };
}
