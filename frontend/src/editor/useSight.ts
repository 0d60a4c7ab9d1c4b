/** What of the graph the editor's canvas shows, where something beside it has changed. */

import { type ReactFlowInstance, useReactFlow } from "@xyflow/react";
import { useEffect, useRef } from "react";
import { BOX, type Point } from "../graph/size";
import type { BoxNode } from "../graph/view";

/** Bring a box to the middle of what is seen of the canvas beside the inspector that may cover a part of it. */
export function centreOn({ setCenter }: ReactFlowInstance, { x, y }: Point, zoom: number): void {
  const canvas = document.querySelector(".editor-canvas")?.getBoundingClientRect();
  const cover = document.querySelector(".inspector-frame[data-over]")?.getBoundingClientRect();
  const covered = canvas && cover ? Math.max(canvas.right - cover.left, 0) : 0;
  void setCenter(x + BOX.width / 2 + covered / 2 / zoom, y + BOX.height / 2, { zoom, duration: 200 });
}

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
    centreOn(flow, box.position, flow.getZoom());
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
