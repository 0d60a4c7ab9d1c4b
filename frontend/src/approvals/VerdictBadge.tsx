/** What became of an approval, as a word with its icon. */

import { Ban, Check, Hourglass, type LucideIcon, TimerOff, X } from "lucide-react";
import type { CSSProperties } from "react";
import type { Approval } from "../api/approvals";

const LOOKS: Record<Approval["status"], { word: string; colour: string; icon: LucideIcon }> = {
  PENDING: { word: "Waiting", colour: "var(--status-waiting)", icon: Hourglass },
  APPROVED: { word: "Approved", colour: "var(--status-completed)", icon: Check },
  REJECTED: { word: "Rejected", colour: "var(--status-failed)", icon: X },
  TIMEOUT: { word: "Nobody decided in time", colour: "var(--status-paused)", icon: TimerOff },
  CANCELLED: { word: "Cancelled", colour: "var(--status-cancelled)", icon: Ban },
};

export function VerdictBadge({ status }: { status: Approval["status"] }) {
  const { word, colour, icon: Icon } = LOOKS[status];
  return (
    <span className="status" style={{ "--look": colour } as CSSProperties}>
      <Icon size={13} strokeWidth={2.4} aria-hidden />
      {word}
    </span>
  );
}
