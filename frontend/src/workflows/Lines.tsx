/** The differences of two texts, with a sign before each line that was added or removed. */

import type { DiffLine } from "./lineDiff";

const SIGNS = { added: "+", removed: "−", same: " ", gap: "⋯" };
const WORDS = { added: "added: ", removed: "removed: ", same: "", gap: "" };

export function Lines({ lines, label }: { lines: DiffLine[]; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it
    <section className="panel lines mono" aria-label={label} tabIndex={0}>
      {lines.map((line, index) => (
        <div key={index} className="lines-row" data-mark={line.mark}>
          <span aria-hidden className="lines-sign">
            {SIGNS[line.mark]}
          </span>
          {WORDS[line.mark] && <span className="visually-hidden">{WORDS[line.mark]}</span>}
          <span className="lines-text">
            {line.mark === "gap" ? `${line.left} equal lines` : <bdi>{line.text || " "}</bdi>}
          </span>
        </div>
      ))}
    </section>
  );
}
