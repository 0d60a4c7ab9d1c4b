/** A status as a word with its icon, in its colour and pattern. */

import type { CSSProperties } from "react";
import { lookOf } from "../status";

export function StatusBadge({ status, note }: { status: string; note?: string }) {
  const look = lookOf(status);
  const Icon = look.icon;
  return (
    <span
      className="status"
      data-pattern={look.pattern}
      style={{ "--look": look.colour } as CSSProperties}
      title={note}
    >
      <Icon size={13} strokeWidth={2.4} aria-hidden />
      {look.word}
    </span>
  );
}
