/** Numbers that a browser cannot hold: it would write them back as others. */

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** Significant digits that a number of JavaScript always keeps. */
const KEPT_DIGITS = 15;

/** The first number in a JSON text that would not come back as it is; null where all would. */
export function findInexact(text: string): string | null {
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') at = endOfText(text, at);
    else if (text[at] === "-" || isDigit(text[at])) {
      NUMBER.lastIndex = at;
      const [found] = NUMBER.exec(text) ?? [];
      if (!found) continue;
      if (!isKept(found)) return found;
      at += found.length - 1;
    }
  }
  return null;
}

function isDigit(letter: string | undefined): boolean {
  return letter !== undefined && letter >= "0" && letter <= "9";
}

/** The place of the quote that ends a text. */
function endOfText(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

function isKept(number: string): boolean {
  if (/^-?\d+$/.test(number)) return Number.isSafeInteger(Number(number));
  const digits = number
    .replace(/[eE].*/, "")
    .replace(/[-.]/g, "")
    .replace(/^0+/, "");
  return Number.isFinite(Number(number)) && digits.length <= KEPT_DIGITS;
}
