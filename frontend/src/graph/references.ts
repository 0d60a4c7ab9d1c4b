/** The placeholders of templates: what the text between {{ and }} refers to, read as the server reads it. */

export type Source = "payload" | "input" | "secret" | "node" | "parameter";

export interface Reference {
  source: Source;
  /** The id of the node, the name of the secret or of the parameter; empty for payload and input. */
  name: string;
  path: string[];
  /** Where the path goes on behind the name, in the text of the placeholder. */
  end: number;
}

export interface Placeholder {
  /** The text between the braces. */
  text: string;
  /** Where this text begins in the template. */
  start: number;
}

const NAME = String.raw`(?:[\w$@:-]|[^\x00-\x7f\s])+`;
const PART = new RegExp(String.raw`\.(${NAME})|\[\s*([0-9]+)\s*\]|\[\s*"([^"]*)"\s*\]|\[\s*'([^']*)'\s*\]`, "y");
const FIRST = new RegExp(NAME, "y");
const PLAIN = new RegExp(`^${NAME}(?:\\.${NAME})*$`);
const FILTER = /\s*\|\s*[A-Za-z_]\w*\s*$/;
/** First words that are no ids. */
const WORDS = new Set(["payload", "input", "secret", "steps"]);

export function placeholdersIn(template: string): Placeholder[] {
  const found: Placeholder[] = [];
  for (let at = template.indexOf("{{"); at >= 0; at = template.indexOf("{{", at + 2)) {
    const end = template.indexOf("}}", at);
    if (end < 0) break;
    found.push({ text: template.slice(at + 2, end), start: at + 2 });
    at = end;
  }
  return found;
}

/** What a placeholder refers to in a graph with these nodes; null: it cannot be read. */
export function readReference(text: string, ids: ReadonlySet<string>): Reference | null {
  const parts = partsIn(text);
  if (!parts) return null;
  const names = parts.map((part) => part.name);
  const [first = "", second] = names;
  const from = (source: Source, name: string, count: number): Reference => ({
    source,
    name,
    path: names.slice(count),
    end: parts[count - 1]?.end ?? 0,
  });
  if (first === "payload" || first === "input") return from(first, "", 1);
  if (first === "secret") return second === undefined ? null : from("secret", second, 2);
  const own = longestId(names, ids);
  if (own !== null && own !== "steps") return from("node", own, own.split(".").length);
  if (first === "steps" && second !== undefined) {
    if (parts[1]?.isQuoted) return from("node", second, 2);
    const step = longestId(names.slice(1), ids);
    if (step !== null) return from("node", step, step.split(".").length + 1);
  }
  return from(own === null ? "parameter" : "node", first, 1);
}

/** The beginning of a placeholder that refers to a node; null: no text can. */
export function pathOfNode(id: string): string | null {
  const [first = ""] = id.split(".");
  if (PLAIN.test(id) && !WORDS.has(first)) return id;
  if (!id.includes('"')) return `steps["${id}"]`;
  return id.includes("'") ? null : `steps['${id}']`;
}

function longestId(names: string[], ids: ReadonlySet<string>): string | null {
  for (let count = names.length; count > 0; count -= 1) {
    const id = names.slice(0, count).join(".");
    if (ids.has(id)) return id;
  }
  return null;
}

interface Part {
  name: string;
  end: number;
  isQuoted: boolean;
}

function partsIn(text: string): Part[] | null {
  const path = text.replace(FILTER, "").trimEnd();
  FIRST.lastIndex = path.length - path.trimStart().length;
  const [first] = FIRST.exec(path) ?? [];
  if (first === undefined) return null;
  const parts: Part[] = [{ name: first, end: FIRST.lastIndex, isQuoted: false }];
  for (let at = FIRST.lastIndex; at < path.length; at = PART.lastIndex) {
    PART.lastIndex = at;
    const match = PART.exec(path);
    if (!match) return null;
    const name = match.slice(1).find((group) => group !== undefined) ?? "";
    parts.push({ name, end: PART.lastIndex, isQuoted: /["']\s*\]$/.test(match[0]) });
  }
  return parts;
}
