/** A node on a canvas: icon and title, one fact of its data, and its status in an execution. */

import { Handle, type NodeProps, Position } from "@xyflow/react";
import { type CSSProperties, memo } from "react";
import { type BoxNode, exitHeight } from "../graph/view";
import { lookOf } from "../status";
import { iconOf } from "./icons";

type BoxProps = Pick<NodeProps<BoxNode>, "data" | "selected" | "isConnectable">;

function BoxView({ data, selected, isConnectable }: BoxProps) {
  const Icon = iconOf(data.icon);
  const look = data.run ? lookOf(data.run.status) : undefined;
  const Status = look?.icon;
  return (
    <div
      className="box"
      data-selected={selected || undefined}
      data-pattern={look?.pattern}
      data-idle={!data.runs || undefined}
      style={look && ({ "--look": look.colour } as CSSProperties)}
    >
      <span className="box-icon">
        <Icon size={17} aria-hidden />
      </span>
      <span className="box-title">{data.title}</span>
      <span className="box-line">{data.line}</span>
      {Status && (
        <span className="box-status">
          <Status size={13} strokeWidth={2.6} aria-hidden />
          {data.run && data.run.visits > 1 && `×${data.run.visits}`}
        </span>
      )}
      {data.run?.counts && <StatusBar counts={data.run.counts} />}
      <Ends
        title={data.title}
        handles={data.handles}
        isConnectable={isConnectable}
        isOpen={selected && isConnectable}
      />
    </div>
  );
}

/** The steps of a node by status, as one bar with the failed ones first; nothing for a single step. */
function StatusBar({ counts }: { counts: Record<string, number> }) {
  const statuses = Object.keys(counts).sort((a, b) => Number(b === "FAILED") - Number(a === "FAILED"));
  const total = statuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  if (total < 2) return null;
  let at = 0;
  const stops = statuses.map((status) => {
    const from = at;
    at += ((counts[status] ?? 0) / total) * 100;
    return `${lookOf(status).colour} ${from}% ${at}%`;
  });
  const words = statuses.map((status) => `${counts[status]} ${lookOf(status).word.toLowerCase()}`).join(", ");
  return (
    <span className="box-bar" title={words} style={{ background: `linear-gradient(90deg, ${stops.join(", ")})` }} />
  );
}

interface EndsProps {
  title: string;
  handles: string[];
  isConnectable: boolean;
  /** True: the exits can be reached by the keyboard. */
  isOpen: boolean;
}

/** Where edges end and begin; on a canvas that is edited, new ones can be drawn from here. */
function Ends({ title, handles, isConnectable, isOpen }: EndsProps) {
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={isConnectable} />
      {handles.map((handle, index) => (
        <Handle
          key={handle}
          id={handle || undefined}
          isConnectable={isConnectable}
          type="source"
          position={Position.Right}
          style={{ top: exitHeight(index, handles.length) }}
          title={handle || undefined}
          className="nokey"
          {...(isOpen && {
            tabIndex: 0,
            role: "group",
            "aria-roledescription": "exit",
            "aria-label": `${handle || "Next"} of ${title}: Enter adds a node`,
          })}
        />
      ))}
    </>
  );
}

/** Not drawn again where only its position has changed, as at each frame of a drag. */
export const Box = memo(
  BoxView,
  (a, b) => a.data === b.data && a.selected === b.selected && a.isConnectable === b.isConnectable,
);
