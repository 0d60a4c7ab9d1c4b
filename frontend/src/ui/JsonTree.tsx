/** The tree of a JSON value: long lists in slices, long texts cut, large parts loaded when they are opened, secrets hidden. */

import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronRight, Lock } from "lucide-react";
import { type ReactNode, useState } from "react";
import { rowsOf } from "../api/pages";
import { LargeValue, partsQuery } from "../api/stepValues";
import { JsonKey } from "./JsonKey";
import { entriesOf, type JsonPath, sizeText } from "./jsonSearch";
import { Loading } from "./Loading";
import { Problem } from "./Problem";

/** Entries of one slice, and characters of a text that are shown. */
const SLICE = 100;
const LONGEST = 500;
/** What the server writes in place of a secret. */
const REDACTED = "***";
const BRACKETS = { array: "[]", object: "{}" } as const;

interface ValueProps {
  value: unknown;
  path: JsonPath;
  /** Levels that are open at first. */
  open: number;
}

export function JsonValue({ value, path, open }: ValueProps) {
  if (value instanceof LargeValue) return <Large value={value} path={path} />;
  if (!value || typeof value !== "object") return <Leaf value={value} />;
  return <Branch value={value} path={path} open={open} />;
}

function Branch({ value, path, open }: ValueProps) {
  const [isOpen, setOpen] = useState(path.length < open);
  const [shown, setShown] = useState(SLICE);
  const entries = entriesOf(value);
  const left = entries.length - shown;
  const kind = Array.isArray(value) ? "array" : "object";
  if (entries.length === 0) return <span className="json-mark">{BRACKETS[kind]}</span>;
  return (
    <>
      <Toggle isOpen={isOpen} onToggle={setOpen}>
        {countText(entries.length, kind)}
      </Toggle>
      {isOpen && (
        <Entries
          entries={entries.slice(0, shown)}
          path={path}
          open={open}
          more={left > 0 && `Show ${Math.min(SLICE, left)} more of ${left.toLocaleString("en")}`}
          onMore={() => setShown(shown + SLICE)}
        />
      )}
    </>
  );
}

/** A value that is too large to be loaded whole: its size, and when it is opened its entries, page by page. */
function Large({ value, path }: { value: LargeValue; path: JsonPath }) {
  const [isOpen, setOpen] = useState(false);
  const parts = useInfiniteQuery({ ...partsQuery(value), enabled: isOpen });
  const { kind, size, bytes } = value;
  const entries = rowsOf(parts.data);
  const isText = kind === "string";
  const counted = size === null || isText ? "" : `${countText(size, kind)} · `;
  const more =
    parts.hasNextPage &&
    (isText || size === null ? "Load more" : `Load ${SLICE} more of ${(size - entries.length).toLocaleString("en")}`);
  return (
    <>
      <Toggle isOpen={isOpen} onToggle={setOpen}>
        {`${isText ? "text · " : counted}${sizeText(bytes)}`}
      </Toggle>
      {isOpen && parts.error && <Problem error={parts.error} onRetry={parts.refetch} />}
      {isOpen && parts.isLoading && <Loading lines={2} />}
      {isOpen && (
        <Entries
          entries={isText ? [] : entries}
          path={path}
          open={0}
          more={more}
          onMore={() => void parts.fetchNextPage()}
        >
          {isText && <Leaf value={entries.map(([, piece]) => piece).join("")} />}
        </Entries>
      )}
    </>
  );
}

interface ToggleProps {
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
  children: string;
}

function Toggle({ isOpen, onToggle, children }: ToggleProps) {
  const Sign = isOpen ? ChevronDown : ChevronRight;
  return (
    <button type="button" className="json-toggle" aria-expanded={isOpen} onClick={() => onToggle(!isOpen)}>
      <Sign size={12} aria-hidden />
      <span className="json-mark">{children}</span>
    </button>
  );
}

interface EntriesProps {
  entries: [string | number, unknown][];
  path: JsonPath;
  open: number;
  /** The button that shows more; false: this is all. */
  more: string | false;
  onMore: () => void;
  children?: ReactNode;
}

function Entries({ entries, path, open, more, onMore, children }: EntriesProps) {
  return (
    <ul>
      {children && <li>{children}</li>}
      {entries.map(([key, item]) => (
        <li key={key}>
          <JsonKey name={String(key)} path={[...path, key]} value={item} />
          <span className="json-mark">: </span>
          <JsonValue value={item} path={[...path, key]} open={open} />
        </li>
      ))}
      {more && (
        <li>
          <Button size="compact-xs" variant="default" onClick={onMore}>
            {more}
          </Button>
        </li>
      )}
    </ul>
  );
}

function countText(count: number, kind: string): string {
  const [noun, [start, end]] = kind === "array" ? ["item", BRACKETS.array] : ["key", BRACKETS.object];
  return `${start} ${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"} ${end}`;
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
