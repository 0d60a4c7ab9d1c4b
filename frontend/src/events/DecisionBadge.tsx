/** The decision of a workflow on an event, as a word in its colour. */

import type { CSSProperties } from "react";
import type { DecisionKind } from "../client/types.gen";
import { colourOf, wordOf } from "./decisions";

export function DecisionBadge({ decision }: { decision: DecisionKind | "matched" }) {
  return (
    <span className="status" style={{ "--look": colourOf(decision) } as CSSProperties}>
      {wordOf(decision)}
    </span>
  );
}
