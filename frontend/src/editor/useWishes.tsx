/** Where on the canvas a new node can be wished: at the + of an edge or an exit, and at the end of a line to an empty place. */

import { type OnConnectEnd, useReactFlow } from "@xyflow/react";
import type { FocusEvent, MouseEvent } from "react";
import type { Point } from "../graph/size";
import type { BoxNode, LineEdge } from "../graph/view";
import { wayOf } from "./flowView";
import { besideExit, type Exit, exitOf, middleOf, Plus, useHovered } from "./Plus";
import type { Wish } from "./useGraphEdits";

export function useWishes(nodes: BoxNode[], edges: LineEdge[], onWish: (wish: Wish) => void) {
  const flow = useReactFlow();
  const hovered = useHovered<string>();
  const hoveredExit = useHovered<Exit>();
  const edge = edges.find((each) => each.id === hovered.value);
  const middle = edge ? middleOf(edge, nodes) : null;
  const exit = hoveredExit.value;
  const beside = exit && besideExit(exit, nodes);
  const wishBehind = (from: Exit, menu: Point) => {
    const place = besideExit(from, nodes)?.node;
    if (place) onWish({ menu, place, from });
  };
  const onConnectEnd: OnConnectEnd = (event, { fromHandle, toNode }) => {
    if (toNode || fromHandle?.type !== "source") return;
    const point = "changedTouches" in event ? event.changedTouches[0] : event;
    if (!point) return;
    const menu = { x: point.clientX, y: point.clientY };
    const from = { source: fromHandle.nodeId, handle: fromHandle.id ?? "" };
    onWish({ menu, place: flow.screenToFlowPosition(menu), from });
  };
  return {
    /** Wish a node behind the exit that this element draws; false: it draws none. */
    wishAt: (element: Element) => {
      const from = exitOf(element);
      const { right, bottom } = element.getBoundingClientRect();
      if (from) wishBehind(from, { x: right, y: bottom });
      return from !== null;
    },
    handlers: {
      onConnectEnd,
      onEdgeMouseEnter: (_: MouseEvent, { id }: LineEdge) => hovered.keep(id),
      onEdgeMouseLeave: hovered.leave,
      onMouseOver: ({ target }: MouseEvent) => {
        const over = exitOf(target);
        if (over) hoveredExit.keep(over);
        else if (exit) hoveredExit.leave();
      },
      onFocus: ({ target }: FocusEvent) => {
        const focused = exitOf(target);
        if (focused) hoveredExit.keep(focused);
      },
      onBlur: hoveredExit.leave,
    },
    pluses: (
      <>
        {edge && middle && (
          <Plus
            label={`Insert a node between ${edge.source} and ${edge.target}`}
            at={middle}
            onEnter={() => hovered.keep(edge.id)}
            onLeave={hovered.leave}
            onClick={(menu) => onWish({ menu, place: middle, within: wayOf(edge) })}
          />
        )}
        {exit && beside && (
          <Plus
            label={`Add a node behind ${exit.source}${exit.handle && `: ${exit.handle}`}`}
            at={beside.plus}
            onEnter={() => hoveredExit.keep(exit)}
            onLeave={hoveredExit.leave}
            onClick={(menu) => wishBehind(exit, menu)}
          />
        )}
      </>
    ),
  };
}
