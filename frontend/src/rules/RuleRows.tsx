/** The rows of a rule that is edited, as a tree for the mouse, the keyboard and screen readers. */

import { type KeyboardEvent, useMemo, useState } from "react";
import { applyAction, applyAdd, cancelEdit, canEdit, type Edited } from "./actions";
import { ClauseForm } from "./ClauseForm";
import type { Clause } from "./clauses";
import { AddButton, EditRowView } from "./EditRowView";
import { isEmpty, isListed, replaceAt } from "./edit";
import { type EditRow, editRows } from "./editRows";
import { type Message, marksOf, messagesOf } from "./marks";
import type { Value } from "./pointer";
import { type Action, RowMenu } from "./RowMenu";
import { useTreeKeys } from "./useTreeKeys";

export interface RuleRowsProps {
  label: string;
  rule: Value;
  /** The rule as an event met it. */
  met?: Clause;
  /** Messages about parts of the rule, with their pointers in it. */
  problems?: Message[];
  /** The pointers of clauses that are turned off for a try. */
  off?: ReadonlySet<string>;
  onOff?: (off: ReadonlySet<string>) => void;
  /** Called with each change; `field` names the field in which letters follow each other. */
  onChange: (rule: Value, field?: string) => void;
}

type Form = { key: string; asText: boolean };
const NONE: ReadonlySet<string> = new Set();
const NO_PROBLEMS: Message[] = [];

export function RuleRows({ label, rule, met, problems = NO_PROBLEMS, off = NONE, onOff, onChange }: RuleRowsProps) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(NONE);
  const [form, setForm] = useState<Form | null>(null);
  const rows = useMemo(() => (isEmpty(rule) ? [] : editRows(rule, closed)), [rule, closed]);
  const marks = useMemo(() => met && marksOf(met), [met]);
  const messages = useMemo(() => messagesOf(rows, problems), [rows, problems]);
  const setOpen = (key: string, isOpen: boolean) => setClosed((old) => toggled(old, key, !isOpen));
  const keys = useTreeKeys(rows, "", closed, setOpen);
  const carryOut = (edited: Edited | null) => {
    if (!edited) return;
    // Pointers may name other clauses now.
    onOff?.(NONE);
    setForm(edited.open === undefined ? null : { key: edited.open, asText: false });
    onChange(edited.rule);
    if (edited.open === undefined) keys.focus(edited.focus);
  };
  const act = (row: EditRow, action: Action) => {
    if (action === "edit" || action === "text") setForm({ key: row.key, asText: action === "text" });
    else if (action === "off") {
      onOff?.(toggled(off, row.key, !off.has(row.key)));
      keys.focus(row.key);
    } else carryOut(applyAction(rule, row.key, action));
  };
  const choose = (row: EditRow) => {
    if (row.hasChildren) setOpen(row.key, closed.has(row.key));
    else if (canEdit(row.value)) setForm(form?.key === row.key ? null : { key: row.key, asText: false });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows.find((each) => each.key === keys.current);
    // Keys of buttons and of menus are theirs.
    if (!row || !(event.target instanceof HTMLElement) || event.target.role !== "treeitem") return;
    const action = actionOf(event);
    if (event.key === "Enter" && !action) choose(row);
    else if (event.key === "ContextMenu" || (event.shiftKey && event.key === "F10")) openMenu(event.target);
    else if (action === "off" && !(onOff && isListed(rule, row.key))) return;
    else if (action) act(row, action);
    else return keys.onKeyDown(event);
    event.preventDefault();
  };
  const add = (key: string, thing: "condition" | "group") => carryOut(applyAdd(rule, key, thing));
  const isList = rows[0]?.op === "and" || rows[0]?.op === "or";
  return (
    <>
      {rows.length > 0 && (
        <div className="rule-tree" role="tree" aria-label={label} onKeyDown={onKeyDown}>
          {rows.map((row) => (
            <EditRowView
              key={row.key}
              row={row}
              isOpen={!closed.has(row.key)}
              isCurrent={row.key === keys.current}
              isOff={off.has(row.key)}
              met={marks?.get(row.key)}
              problem={messages.get(row.key)}
              register={keys.register}
              onFocus={() => keys.onFocus(row.key)}
              onChoose={() => choose(row)}
              onAdd={(thing) => add(row.key, thing)}
              menu={
                <RowMenu
                  rule={rule}
                  row={row}
                  isCurrent={row.key === keys.current}
                  isOff={off.has(row.key)}
                  canTurnOff={!!onOff}
                  onAction={(action) => act(row, action)}
                  onLeave={() => keys.focus(row.key)}
                />
              }
            >
              {form?.key === row.key && (
                <ClauseForm
                  clause={row.value}
                  scope={row.scope}
                  asText={form.asText}
                  onChange={(clause) => onChange(replaceAt(rule, row.key, clause), `rule ${row.key}`)}
                  onClose={() => {
                    setForm(null);
                    keys.focus(row.key);
                  }}
                  onCancel={(before) => carryOut(cancelEdit(rule, row.key, before))}
                />
              )}
            </EditRowView>
          ))}
        </div>
      )}
      {!isList && (
        <div className="rule-below">
          <AddButton thing="condition" isCurrent onAdd={(thing) => add("", thing)} />
          <AddButton thing="group" isCurrent onAdd={(thing) => add("", thing)} />
        </div>
      )}
    </>
  );
}

function openMenu(row: HTMLElement): void {
  row.querySelector<HTMLElement>(".rule-menu")?.click();
}

function toggled(old: ReadonlySet<string>, key: string, isIn: boolean): ReadonlySet<string> {
  const next = new Set(old);
  if (isIn) next.add(key);
  else next.delete(key);
  return next;
}

function actionOf(event: KeyboardEvent): Action | undefined {
  if (event.altKey && event.key === "ArrowUp") return "up";
  if (event.altKey && event.key === "ArrowDown") return "down";
  if ((event.ctrlKey || event.metaKey) && event.key === "/") return "off";
  return event.key === "Delete" ? "delete" : undefined;
}
