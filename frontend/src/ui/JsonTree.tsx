/** The tree of a JSON value: long lists in slices, long texts cut, secrets hidden; a key copies its path or its value. */

import { Button, Menu } from "@mantine/core";
import { ChevronDown, ChevronRight, Copy, Lock, Route } from "lucide-react";
import { useState } from "react";
import { entriesOf, type JsonPath, pathText, sizeText } from "./jsonSearch";

/** Entries of one slice, and characters of a text that are shown. */
const SLICE = 100;
const LONGEST = 500;
/** What the server writes in place of a secret. */
const REDACTED = "***";

interface ValueProps {
  value: unknown;
  path: JsonPath;
  /** Levels that are open at first. */
  open: number;
}

export function JsonValue({ value, path, open }: ValueProps) {
  if (!value || typeof value !== "object") return <Leaf value={value} />;
  return <Branch value={value} path={path} open={open} />;
}

function Branch({ value, path, open }: ValueProps) {
  const [isOpen, setOpen] = useState(path.length < open);
  const [shown, setShown] = useState(SLICE);
  const entries = entriesOf(value);
  const brackets = Array.isArray(value) ? "[]" : "{}";
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
              <JsonKey name={String(key)} path={[...path, key]} value={item} />
              <span className="json-mark">: </span>
              <JsonValue value={item} path={[...path, key]} open={open} />
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

interface KeyProps {
  name: string;
  path: JsonPath;
  value: unknown;
}

/** A key with its menu, which is made when it is first asked for: a tree may have thousands of keys. */
export function JsonKey({ name, path, value }: KeyProps) {
  const [isUsed, setUsed] = useState(false);
  const key = (
    <button type="button" className="json-key" title={pathText(path)} onClick={() => setUsed(true)}>
      {name}
    </button>
  );
  if (!isUsed) return key;
  return (
    <Menu defaultOpened position="bottom-start" withinPortal>
      <Menu.Target>{key}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Route size={14} />} onClick={() => copy(pathText(path))}>
          Copy path
        </Menu.Item>
        <Menu.Item leftSection={<Copy size={14} />} onClick={() => copy(valueText(value))}>
          Copy value
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function copy(text: string): void {
  void navigator.clipboard?.writeText(text);
}

/** A value to copy: a text as it is, anything else as JSON. */
function valueText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "null");
}

function Leaf({ value }: { value: unknown }) {
  const [isWhole, setWhole] = useState(false);
  if (typeof value !== "string") {
    return <span className={typeof value === "number" ? "json-number" : "json-word"}>{String(value ?? null)}</span>;
  }
  const isCut = value.length > LONGEST && !isWhole;
  return (
    <span className="json-text">
      {value.includes(REDACTED) && <Lock size={12} role="img" aria-label="A secret is hidden here" />}"
      {(isCut ? `${value.slice(0, LONGEST)}…` : value).replaceAll(REDACTED, "•••")}"
      {isCut && (
        <Button size="compact-xs" variant="default" ml={6} onClick={() => setWhole(true)}>
          Show all {sizeText(value.length)}
        </Button>
      )}
    </span>
  );
}
