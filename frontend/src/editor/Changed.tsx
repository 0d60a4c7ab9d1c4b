/** One thing that was changed since both began: as it was before, as theirs has it, and as mine has it. */

import { Text } from "@mantine/core";
import { isSame } from "../graph/document";
import { writeNumbers } from "../graph/exact";
import { jsonText } from "../ui/jsonText";
import { Lines } from "../workflows/Lines";
import { diffText } from "../workflows/lineDiff";
import { type Change, rowsOf, type Side } from "./merge";
import "../workflows/versions.css";
import "./changed.css";

/** Letters from which on a value may scroll. */
const LONG = 100;
const SIDES: Record<Side, string> = { theirs: "Theirs", mine: "Mine" };
const COLUMNS = ["Before", ...Object.values(SIDES)];

interface ChangedProps {
  change: Change;
  /** Of a clash: what was chosen. */
  choice: Side | undefined;
  onChoose: (side: Side) => void;
}

export function Changed({ change, choice, onChoose }: ChangedProps) {
  const { thing, isClash } = change;
  return (
    <section className="changed" aria-label={thing} data-open={isClash && !choice ? "" : undefined}>
      <div className="changed-head">
        <Text fw={600} size="sm" component="h3" m={0}>
          <bdi>{thing}</bdi>
        </Text>
        {isClash ? (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot stand in this row
          <div role="group" aria-label={`Keep of ${thing}`} className="chips">
            {(Object.keys(SIDES) as Side[]).map((side) => (
              <button key={side} type="button" aria-pressed={choice === side} onClick={() => onChoose(side)}>
                {SIDES[side]}
              </button>
            ))}
          </div>
        ) : (
          <span className="quiet small-link">{verbOf(change)}</span>
        )}
      </div>
      {rowsOf(change).map(({ path, values }) => (
        <div key={path} className="changed-row">
          {path && <code>{path}</code>}
          {values.map((value, index) => (
            <div key={COLUMNS[index]} className="changed-value">
              <span className="quiet">{COLUMNS[index]}</span>
              <Value value={value} before={index ? values[0] : undefined} label={`${COLUMNS[index]}: ${thing}`} />
            </div>
          ))}
        </div>
      ))}
    </section>
  );
}

/** "Added by you", "Changed by them" … */
function verbOf({ before, theirs, mine }: Change): string {
  const now = isSame(before, mine) ? theirs : mine;
  const verb = before === undefined ? "Added" : now === undefined ? "Removed" : "Changed";
  return `${verb} by ${isSame(theirs, mine) ? "both, in the same way" : now === mine ? "you" : "them"}`;
}

function Value({ value, before, label }: { value: unknown; before: unknown; label: string }) {
  if (value === undefined) return <div className="quiet">not there</div>;
  const [text, old] = [textOf(value), textOf(before)];
  if (text.includes("\n") && old.includes("\n")) return <Lines lines={diffText(old, text)} label={label} />;
  // A long one scrolls, so the keyboard has to reach it.
  return <pre tabIndex={text.length > LONG ? 0 : undefined}>{text}</pre>;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : writeNumbers(jsonText(value));
}
