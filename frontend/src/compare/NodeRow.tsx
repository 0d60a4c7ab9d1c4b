/** One visit of a node in both executions, as a row: how it ended, how long it took, and what is the same. */

import type { ComparedNode } from "../api/compare";
import { StatusBadge } from "../ui/StatusBadge";
import { durationText } from "../ui/time";
import { pathOf, sideText, sideWord, slowerText } from "./differences";

interface NodeRowProps {
  node: ComparedNode;
  index: number;
  isFirst: boolean;
  isSelected: boolean;
  height: number;
  onSelect: () => void;
}

export function NodeRow({ node, index, isFirst, isSelected, height, onSelect }: NodeRowProps) {
  const notes = [isFirst && "first difference", node.side !== "both" && sideWord(node.side)].filter(Boolean);
  return (
    <tr
      aria-rowindex={index + 2}
      data-selected={isSelected || undefined}
      data-side={node.side}
      data-first={isFirst || undefined}
      style={{ height }}
    >
      <td className="compared-name">
        <button type="button" aria-pressed={isSelected} onClick={onSelect}>
          {node.node_id}
          {node.visit > 1 && <span className="quiet"> visit {node.visit}</span>}
        </button>
        {notes.length > 0 && <span className="quiet">{notes.join(" · ")}</span>}
      </td>
      {[0, 1].map((side) => (
        <td key={side}>
          <Visit node={node} side={side} />
        </td>
      ))}
      <td data-from="tablet" className="quiet">
        {slowerText(node.took_ms)}
      </td>
      <td data-from="tablet">{node.side === "both" && <Same what={node.input} />}</td>
      <td data-from="tablet">
        {node.side === "both" && <Same what={node.output} />} <Difference node={node} />
      </td>
    </tr>
  );
}

function Difference({ node }: { node: ComparedNode }) {
  const found = node.first_difference;
  if (!found) return null;
  return (
    <span className="compared-values">
      <code>{pathOf(found.pointer) || "the whole"}</code>: <code>{sideText(found, "a")}</code> →{" "}
      <code>{sideText(found, "b")}</code>
    </span>
  );
}

function Visit({ node, side }: { node: ComparedNode; side: number }) {
  const status = node.status[side];
  const took = node.took_ms[side];
  if (!status) return <span className="quiet">–</span>;
  return (
    <>
      <StatusBadge status={status} />
      {took != null && <span className="quiet compared-took"> {durationText(took)}</span>}
    </>
  );
}

function Same({ what }: { what: "same" | "differs" }) {
  return what === "same" ? <span className="quiet">same</span> : <strong className="differs">differs</strong>;
}
