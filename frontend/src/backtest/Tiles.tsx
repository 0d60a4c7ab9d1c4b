/** The sets of a backtest as tiles; the pressed one is listed below. */

import type { CSSProperties } from "react";
import type { Backtest, EventSet } from "../api/backtests";
import { setsOf } from "./sets";

interface TilesProps {
  backtest: Backtest;
  set: EventSet;
  onSet: (set: EventSet) => void;
}

export function Tiles({ backtest, set, onSet }: TilesProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields of a form
    <div className="tiles" role="group" aria-label="Events to list">
      {setsOf(backtest.compare_to !== null).map((look) => (
        <button
          key={look.value}
          type="button"
          className="panel tile"
          aria-pressed={look.value === set}
          style={{ "--look": look.colour } as CSSProperties}
          onClick={() => onSet(look.value)}
        >
          <span className="tile-label">
            <look.icon size={15} strokeWidth={2.4} aria-hidden />
            {look.label}
          </span>
          <span className="tile-count">{backtest.counts[look.value].toLocaleString()}</span>
        </button>
      ))}
    </div>
  );
}
