/** The status of a delivery, as a word with its icon. */

import { Check, Hourglass, type LucideIcon, X } from "lucide-react";
import type { CSSProperties } from "react";
import type { DeliveryStatus } from "../../api/subscriptions";

const LOOKS: Record<DeliveryStatus, { word: string; colour: string; icon: LucideIcon }> = {
  pending: { word: "Pending", colour: "var(--status-pending)", icon: Hourglass },
  delivered: { word: "Delivered", colour: "var(--status-completed)", icon: Check },
  dead: { word: "Given up", colour: "var(--status-failed)", icon: X },
};

export function DeliveryBadge({ status }: { status: DeliveryStatus }) {
  const { word, colour, icon: Icon } = LOOKS[status];
  return (
    <span className="status" style={{ "--look": colour } as CSSProperties}>
      <Icon size={13} strokeWidth={2.4} aria-hidden />
      {word}
    </span>
  );
}
