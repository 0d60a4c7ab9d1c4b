/** An edge on a canvas, with the name of its handle. */

import { BaseEdge, type EdgeProps, getBezierPath } from "@xyflow/react";
import { memo } from "react";
import type { LineEdge } from "../graph/view";

function LineView(props: EdgeProps<LineEdge>) {
  const { data, markerEnd, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition } = props;
  const [path, labelX, labelY] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition });
  return (
    <g className="line" data-state={data?.state} data-implied={data?.implied || undefined}>
      <BaseEdge
        path={path}
        markerEnd={markerEnd}
        interactionWidth={props.interactionWidth ?? 0}
        label={data?.label || undefined}
        labelX={labelX}
        labelY={labelY}
        labelBgPadding={[5, 2]}
        labelBgBorderRadius={4}
      />
    </g>
  );
}

export const Line = memo(LineView);
