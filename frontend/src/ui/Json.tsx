/** A JSON value as a tree: two levels open, long arrays in slices, long texts cut. */

import { Button } from "@mantine/core";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import { Copy } from "./Copy";
import "./json.css";

/** Levels that are open at first, entries of one slice, and characters of a text that are shown. */
const OPEN = 2;
const SLICE = 100;
const LONGEST = 500;

type Path = (string | number)[];

export function Json({ value, label, open = OPEN }: { value: unknown; label: string; open?: number }) {
  return (
    <div className="json">
      <div className="json-copy">
        <Copy text={JSON.stringify(value, null, 2) ?? "null"} label={`Copy ${label}`} />
      </div>
      <div className="json-tree">
        <Value value={value} path={[]} open={open} />
      </div>
    </div>
  );
}

function Value({ value, path, open }: { value: unknown; path: Path; open: number }) {
  if (Array.isArray(value)) {
    return <Branch entries={value.map((item, index) => [index, item])} path={path} open={open} brackets="[]" />;
  }
  if (value && typeof value === "object") {
    return <Branch entries={Object.entries(value)} path={path} open={open} brackets="{}" />;
  }
  return <Leaf value={value} />;
}

interface BranchProps {
  entries: [string | number, unknown][];
  path: Path;
  open: number;
  brackets: "[]" | "{}";
}

function Branch({ entries, path, open, brackets }: BranchProps) {
  const [isOpen, setOpen] = useState(path.length < open);
  const [shown, setShown] = useState(SLICE);
  if (entries.length === 0) return <span className="json-mark">{brackets}</span>;
  return (
    <>
      <button type="button" className="json-toggle" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? <ChevronDown size={12} aria-hidden /> : <ChevronRight size={12} aria-hidden />}
        <span className="json-mark">{countText(entries.length, brackets)}</span>
      </button>
      {isOpen && (
        <ul>
          {entries.slice(0, shown).map(([key, item]) => (
            <li key={key}>
              <span className="json-key" title={pathText([...path, key])}>
                {key}
              </span>
              <span className="json-mark">: </span>
              <Value value={item} path={[...path, key]} open={open} />
            </li>
          ))}
          {entries.length > shown && (
            <li>
              <Button size="compact-xs" variant="default" onClick={() => setShown(shown + SLICE)}>
                Show {Math.min(SLICE, entries.length - shown)} more of {entries.length - shown}
              </Button>
            </li>
          )}
        </ul>
      )}
    </>
  );
}

function countText(count: number, brackets: "[]" | "{}"): string {
  const noun = brackets === "[]" ? "item" : "key";
  return `${brackets[0]} ${count} ${noun}${count === 1 ? "" : "s"} ${brackets[1]}`;
}

function Leaf({ value }: { value: unknown }) {
  const [isWhole, setWhole] = useState(false);
  if (typeof value !== "string") {
    return <span className={typeof value === "number" ? "json-number" : "json-word"}>{String(value ?? null)}</span>;
  }
  const isCut = value.length > LONGEST && !isWhole;
  return (
    <span className="json-text">
      "{isCut ? `${value.slice(0, LONGEST)}…` : value}"
      {isCut && (
        <Button size="compact-xs" variant="default" ml={6} onClick={() => setWhole(true)}>
          Show all {value.length} characters
        </Button>
      )}
    </span>
  );
}

/** A path as templates write it. */
export function pathText(path: Path): string {
  return path.map((part) => String(part)).join(".");
}
