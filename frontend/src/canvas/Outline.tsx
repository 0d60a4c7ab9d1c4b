/** The nodes of a graph as a list in run order: the way for the keyboard, for phones, and for large graphs. */

import type { CSSProperties, KeyboardEvent } from "react";
import type { BoxNode, LineEdge } from "../graph/view";
import { lookOf } from "../status";
import { StatusBadge } from "../ui/StatusBadge";
import { iconOf } from "./icons";
import "./outline.css";

interface OutlineProps {
  boxes: BoxNode[];
  edges: LineEdge[];
  selected: string | undefined;
  onSelect: (nodeId: string) => void;
}

export function Outline({ boxes, edges, selected, onSelect }: OutlineProps) {
  const titles = new Map(boxes.map((box) => [box.id, box.data.title]));
  return (
    <ol className="outline panel" aria-label="Nodes in run order" onKeyDown={moveFocus}>
      {boxes.map((box) => (
        <li key={box.id}>
          <button
            type="button"
            className="outline-row"
            aria-pressed={box.id === selected}
            onClick={() => onSelect(box.id)}
          >
            <Row box={box} />
            <span className="outline-ways">{waysFrom(box, edges, titles)}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}

function Row({ box }: { box: BoxNode }) {
  const Icon = iconOf(box.data.icon);
  const { run } = box.data;
  return (
    <>
      <span className="outline-icon" style={run && ({ "--look": lookOf(run.status).colour } as CSSProperties)}>
        <Icon size={16} aria-hidden />
      </span>
      <span className="outline-title">{box.data.title}</span>
      <span className="outline-line">{box.data.line}</span>
      {run && (
        <span className="outline-status">
          {run.visits > 1 && <span className="quiet">×{run.visits}</span>}
          <StatusBadge status={run.status} />
        </span>
      )}
    </>
  );
}

/** Where a node leads: "hot → Call, else → Drip"; nothing for the plain way to the next one. */
function waysFrom(box: BoxNode, edges: LineEdge[], titles: Map<string, string>): string {
  const out = edges.filter((edge) => edge.source === box.id);
  if (out.length < 2 && !out.some((edge) => edge.data?.label)) return "";
  return out
    .map((edge) => `${edge.data?.label ? `${edge.data.label} ` : ""}→ ${titles.get(edge.target) ?? edge.target}`)
    .join(" · ");
}

/** The arrows move from row to row. */
function moveFocus(event: KeyboardEvent<HTMLOListElement>): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(".outline-row")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  rows[Math.min(Math.max(next, 0), rows.length - 1)]?.focus();
}
