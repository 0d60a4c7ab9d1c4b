/** A group or a note on the canvas of the editor: a frame with its text, and nothing to connect. */

import type { NodeProps } from "@xyflow/react";
import { memo } from "react";
import { Box } from "../canvas/Box";
import type { BoxNode } from "../graph/view";

type FrameProps = Pick<NodeProps<BoxNode>, "data" | "selected">;

function FrameView({ data, selected }: FrameProps) {
  return (
    <div className="frame" data-group={data.type === "group" || undefined} data-selected={selected || undefined}>
      {data.title}
    </div>
  );
}

const Frame = memo(FrameView, (a, b) => a.data === b.data && a.selected === b.selected);

/** The nodes that the editor draws. */
export const NODE_TYPES = { box: Box, frame: Frame };
