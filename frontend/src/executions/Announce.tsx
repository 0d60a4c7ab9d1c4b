/** Tells screen readers what happens in an execution, at most one sentence every two seconds. */

import { useEffect, useRef, useState } from "react";
import type { NodeLine } from "../api/executions";
import { lookOf } from "../status";

const PAUSE = 2000;

export function Announce({ nodes }: { nodes: NodeLine[] }) {
  const known = useRef<Map<string, string> | null>(null);
  const spokenAt = useRef(0);
  const [sentence, setSentence] = useState("");
  useEffect(() => {
    const before = known.current;
    known.current = new Map(nodes.map((line) => [line.node_id, line.status]));
    if (!before || Date.now() - spokenAt.current < PAUSE) return;
    const changed = nodes.filter((line) => before.get(line.node_id) !== line.status);
    const told = changed.find((line) => line.status === "FAILED") ?? changed[changed.length - 1];
    if (!told) return;
    spokenAt.current = Date.now();
    setSentence(`Step ${told.node_id}: ${lookOf(told.status).word.toLowerCase()}`);
  }, [nodes]);
  return (
    <div className="visually-hidden" aria-live="polite">
      {sentence}
    </div>
  );
}
