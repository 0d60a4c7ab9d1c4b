/** Whether a hook or a subscription is switched on. */

import { Check, Pause } from "lucide-react";
import type { CSSProperties } from "react";

export function ActiveBadge({ isActive }: { isActive: boolean }) {
  const Icon = isActive ? Check : Pause;
  const colour = isActive ? "var(--status-completed)" : "var(--status-paused)";
  return (
    <span className="status" style={{ "--look": colour } as CSSProperties}>
      <Icon size={13} strokeWidth={2.4} aria-hidden />
      {isActive ? "Active" : "Off"}
    </span>
  );
}
