/** One row of a rule tree. */

import { Check, ChevronDown, ChevronRight, CircleAlert, Minus, X } from "lucide-react";
import { Words } from "../ui/Words";
import { type Clause, isGroup, MARK_WORDS, type Mark, markOf, titleOf } from "./clauses";
import type { Row } from "./rows";

interface RuleRowProps {
  row: Row;
  isOpen: boolean;
  isCurrent: boolean;
  /** This clause decided. */
  isStop: boolean;
  register: (key: string, element: HTMLElement | null) => void;
  onFocus: (key: string) => void;
  onToggle: () => void;
  onChoose?: (clause: Clause) => void;
}

const ICONS = { true: Check, false: X, skipped: Minus, odd: CircleAlert };

export function RuleRow({ row, isOpen, isCurrent, isStop, register, onFocus, onToggle, onChoose }: RuleRowProps) {
  const mark = markOf(row.clause);
  const choose = () => {
    if (row.hasChildren) onToggle();
    if (!row.note) onChoose?.(row.clause);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the tree around it
    <div
      ref={(element) => register(row.key, element)}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-expanded={row.hasChildren ? isOpen : undefined}
      aria-selected={isCurrent}
      tabIndex={isCurrent ? 0 : -1}
      className="rule-row"
      data-mark={row.note ? "skipped" : mark}
      data-stop={isStop || undefined}
      style={{ paddingLeft: 8 + row.depth * 20 }}
      onFocus={() => onFocus(row.key)}
      onClick={choose}
    >
      <Toggle row={row} isOpen={isOpen} />
      {row.note ? <span className="quiet">{row.note}</span> : <Content row={row} mark={mark} isStop={isStop} />}
    </div>
  );
}

function Toggle({ row, isOpen }: { row: Row; isOpen: boolean }) {
  if (!row.hasChildren) return <span className="rule-toggle" />;
  const Icon = isOpen ? ChevronDown : ChevronRight;
  return <Icon size={14} className="rule-toggle" aria-hidden />;
}

function Content({ row, mark, isStop }: { row: Row; mark: Mark; isStop: boolean }) {
  const { clause } = row;
  const Icon = ICONS[mark];
  return (
    <>
      <Icon size={15} strokeWidth={2.6} className="rule-mark" aria-hidden />
      <span className="visually-hidden">{MARK_WORDS[mark]}: </span>
      <span className="rule-words">
        {row.item ? <ItemWords row={row} /> : <Words text={isGroup(clause) ? titleOf(clause) : clause.words} />}
        {clause.error && <span className="rule-error"> {clause.error}</span>}
        {mark === "skipped" && (
          <span className="quiet"> · not evaluated, would be {clause.truthy ? "true" : "false"}</span>
        )}
        {isStop && <span className="rule-stop">stopped here</span>}
      </span>
      <code className="rule-op">{row.item ? "" : clause.op}</code>
    </>
  );
}

/** An element that a loop visited. */
function ItemWords({ row }: { row: Row }) {
  const text = JSON.stringify(row.item?.value) ?? "null";
  return (
    <>
      item {(row.item?.index ?? 0) + 1}: <code>{text.length > 80 ? `${text.slice(0, 80)}…` : text}</code>
    </>
  );
}
