/** Where two JSON values differ, line by line; what is the same is folded. */

import { Button, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { type DiffLine, diffLines, hunksOf, linesOf } from "./diffLines";
import "./diff.css";

/** Lines that are shown at first. */
const SHOWN = 400;
const MARKS = { both: " ", a: "−", b: "+" };

interface DiffProps {
  a: unknown;
  b: unknown;
  label: string;
  /** What the sides are called. */
  names?: [string, string];
}

export function Diff({ a, b, label, names = ["before", "after"] }: DiffProps) {
  const [isWhole, setWhole] = useState(false);
  const [most, setMost] = useState(SHOWN);
  const lines = useMemo(() => diffLines(linesOf(a), linesOf(b)), [a, b]);
  if (lines.every((line) => line.side === "both")) {
    return (
      <Text size="sm" className="quiet">
        The same.
      </Text>
    );
  }
  const hunks = isWhole ? lines : hunksOf(lines);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls can be reached by the keyboard
    <section className="diff" aria-label={label} tabIndex={0}>
      {keyed(hunks.slice(0, most)).map(([key, hunk]) =>
        typeof hunk === "number" ? (
          <button key={key} type="button" className="diff-same" onClick={() => setWhole(true)}>
            {hunk} equal {hunk === 1 ? "line" : "lines"}
          </button>
        ) : (
          <Line key={key} line={hunk} names={names} />
        ),
      )}
      {hunks.length > most && (
        <Button size="compact-xs" variant="default" onClick={() => setMost(most + SHOWN)}>
          Show more of {hunks.length - most} lines
        </Button>
      )}
    </section>
  );
}

/** Lines may be equal: their places are their keys. */
function keyed<Item>(items: Item[]): [number, Item][] {
  return items.map((item, index) => [index, item]);
}

function Line({ line, names }: { line: DiffLine; names: [string, string] }) {
  return (
    <div className="diff-line" data-side={line.side}>
      <span aria-hidden>{MARKS[line.side]}</span>
      {line.side !== "both" && <span className="visually-hidden">{names[line.side === "a" ? 0 : 1]}: </span>}
      <bdi>{line.text}</bdi>
    </div>
  );
}
