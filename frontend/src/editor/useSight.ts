/** What of the graph the editor's canvas shows, where something beside it has changed. */

import { useReactFlow } from "@xyflow/react";
import { useEffect, useRef } from "react";
import { BOX } from "../graph/size";
import type { BoxNode } from "../graph/view";

/** Move a node into sight that was chosen elsewhere, such as a new one. */
export function useShown(boxes: BoxNode[] | null, selected: string | undefined): void {
  const flow = useReactFlow();
  const shown = useRef(selected);
  useEffect(() => {
    const box = boxes?.find((each) => each.id === selected);
    if (!box || shown.current === selected) return;
    shown.current = selected;
    const place = flow.flowToScreenPosition({ x: box.position.x + BOX.width / 2, y: box.position.y + BOX.height / 2 });
    const under = document.elementFromPoint(place.x, place.y);
    if (under?.closest(".editor-canvas")) return;
    const zoom = flow.getZoom();
    flow.setCenter(box.position.x + BOX.width / 2, box.position.y + BOX.height / 2, { zoom, duration: 200 });
  }, [boxes, selected, flow]);
}

/** Fit the graph again where the canvas gets another height, as while it is tested. */
export function useFit(isLower: boolean): void {
  const flow = useReactFlow();
  const was = useRef(isLower);
  useEffect(() => {
    if (was.current === isLower) return;
    was.current = isLower;
    requestAnimationFrame(() => flow.fitView({ maxZoom: 1.1, padding: 0.12 }));
  }, [isLower, flow]);
}
