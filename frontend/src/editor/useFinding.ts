/** Which node is sought on the canvas: it is chosen, and brought to the middle. */

import { useReactFlow, useStore } from "@xyflow/react";
import { useEffect, useState } from "react";
import type { BoxNode } from "../graph/view";
import { useShortcut } from "../shell/shortcuts";
import { centreOn } from "./useSight";

/** Below this zoom the text of a box is hard to read. */
const READABLE = 0.75;

interface Finding {
  isOpen: boolean;
  show: (id: string) => void;
  close: () => void;
}

export function useFinding(nodes: BoxNode[], onChoose: (id: string) => void): Finding {
  const flow = useReactFlow();
  const [isOpen, setOpen] = useState(false);
  const [sought, setSought] = useState<string>();
  // The canvas gets narrower as the inspector opens.
  const width = useStore((state) => state.width);
  useShortcut("Ctrl+f", "Find a node", () => setOpen(true), "Editor");
  const place = nodes.find((node) => node.id === sought)?.position;
  const [x, y] = [place?.x, place?.y];
  useEffect(() => {
    if (x === undefined || y === undefined || !width) return;
    centreOn(flow, { x, y }, Math.max(flow.getZoom(), READABLE));
  }, [flow, x, y, width]);
  return {
    isOpen,
    show: (id) => {
      setSought(id);
      onChoose(id);
    },
    close: () => {
      setOpen(false);
      setSought(undefined);
      const box = sought === undefined ? ".react-flow__node" : `.react-flow__node[data-id="${CSS.escape(sought)}"]`;
      document.querySelector<HTMLElement>(box)?.focus();
    },
  };
}
