/** One row of a rule that is edited: its words, what an event made of it, its buttons, and its form while it is open. */

import { UnstyledButton } from "@mantine/core";
import { Check, ChevronDown, ChevronRight, CircleAlert, Minus, Plus, X } from "lucide-react";
import type { ReactNode } from "react";
import { Words } from "../ui/Words";
import { MARK_WORDS } from "./clauses";
import type { EditRow } from "./editRows";
import type { Met } from "./marks";
import { rowWords } from "./words";

interface EditRowViewProps {
  row: EditRow;
  isOpen: boolean;
  isCurrent: boolean;
  /** Turned off for a try. */
  isOff: boolean;
  met: Met | undefined;
  /** What the server says about this clause. */
  problem: string | undefined;
  register: (key: string, element: HTMLElement | null) => void;
  onFocus: () => void;
  onChoose: () => void;
  onAdd: (thing: "condition" | "group") => void;
  menu: ReactNode;
  /** The form of the row. */
  children?: ReactNode;
}

const ICONS = { true: Check, false: X, skipped: Minus, odd: CircleAlert };

export function EditRowView(props: EditRowViewProps) {
  const { row, isOpen, isCurrent, isOff, met, problem, register, onFocus, onChoose, onAdd, menu, children } = props;
  const isList = row.op === "and" || row.op === "or";
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the tree around it
    <div
      ref={(element) => register(row.key, element)}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-expanded={row.hasChildren ? isOpen : undefined}
      aria-selected={isCurrent}
      aria-label={nameOf(props)}
      tabIndex={isCurrent ? 0 : -1}
      className="rule-row rule-edit"
      data-mark={isOff ? "skipped" : met?.mark}
      data-kind={row.kind}
      style={{ paddingLeft: 8 + row.depth * 20 }}
      onFocus={onFocus}
      onClick={onChoose}
    >
      <div className="rule-line">
        <Toggle row={row} isOpen={isOpen} />
        {met && <MarkIcon met={met} isOff={isOff} />}
        <span className="rule-words" data-off={isOff || undefined}>
          {row.role && <span className="rule-role">{row.role} </span>}
          <Words text={rowWords(row.value)} />
          {row.kind === "unknown" && <span className="quiet"> · kept as it is</span>}
          {isOff && <span className="quiet"> · off for a try</span>}
          {met?.was && !isOff && !row.hasChildren && <span className="rule-was"> · {met.was}</span>}
          {problem && (
            <span className="rule-error">
              {" "}
              <Words text={problem} />
            </span>
          )}
        </span>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: keys of its buttons are not those of the tree */}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: a click on a button is none on the row */}
        <span className="rule-tools" onClick={(event) => event.stopPropagation()}>
          {isList && <AddButton thing="condition" isCurrent={isCurrent} onAdd={onAdd} />}
          {isList && <AddButton thing="group" isCurrent={isCurrent} onAdd={onAdd} />}
          {menu}
        </span>
      </div>
      {children}
    </div>
  );
}

/** What a screen reader says of the row. */
function nameOf({ row, isOff, met, problem }: EditRowViewProps): string {
  const parts = [
    met && !isOff ? `${MARK_WORDS[met.mark]}:` : "",
    row.role,
    rowWords(row.value).replaceAll("`", ""),
    met?.was && !row.hasChildren ? `, ${met.was}` : "",
    isOff ? ", off for a try" : "",
    row.kind === "unknown" ? ", kept as it is" : "",
    problem ? `, ${problem.replaceAll("`", "")}` : "",
  ];
  return parts.filter(Boolean).join(" ").replaceAll(" ,", ",");
}

function Toggle({ row, isOpen }: { row: EditRow; isOpen: boolean }) {
  if (!row.hasChildren) return <span className="rule-toggle" />;
  const Icon = isOpen ? ChevronDown : ChevronRight;
  return <Icon size={14} className="rule-toggle" aria-hidden />;
}

function MarkIcon({ met, isOff }: { met: Met; isOff: boolean }) {
  const Icon = ICONS[isOff ? "skipped" : met.mark];
  return <Icon size={15} strokeWidth={2.6} className="rule-mark" aria-hidden />;
}

interface AddButtonProps {
  thing: "condition" | "group";
  isCurrent: boolean;
  onAdd: (thing: "condition" | "group") => void;
}

export function AddButton({ thing, isCurrent, onAdd }: AddButtonProps) {
  return (
    <UnstyledButton
      className="rule-add"
      tabIndex={isCurrent ? 0 : -1}
      aria-label={`Add a ${thing}`}
      onClick={() => onAdd(thing)}
    >
      <Plus size={13} aria-hidden />
      {thing}
    </UnstyledButton>
  );
}
