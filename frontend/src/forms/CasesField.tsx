/** The cases of a branch: each with its label, where it leads to and its rule; the first that holds is taken. */

import { ActionIcon, Button, Group, Input, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { addCase, type Case, canMove, isElse, labelOf, moveCase, removeCase, setMember } from "./cases";
import { RuleField } from "./RuleField";
import "./ruleField.css";

interface CasesFieldProps {
  label: string;
  description?: string;
  cases: Case[];
  error?: string;
  /** Nodes that a case can lead to. */
  targets: string[];
  onChange: (cases: Case[]) => void;
}

export function CasesField({ label, description, cases, error, targets, onChange }: CasesFieldProps) {
  const hasElse = cases.some(isElse);
  const ids = useIds(cases.length);
  const add = (kind: "case" | "else") => {
    const added = addCase(cases, kind);
    ids.insert(added.findIndex((each, index) => each !== cases[index]));
    onChange(added);
  };
  return (
    <Input.Wrapper label={label} description={description} error={error} size="xs" labelElement="div">
      <Stack gap={8} mt={6}>
        {cases.map((each, index) => (
          <CaseRow
            key={ids.list[index]}
            cases={cases}
            each={each}
            index={index}
            targets={targets}
            onChange={onChange}
            onMove={(by) => {
              ids.swap(index, index + by);
              onChange(moveCase(cases, index, by));
            }}
            onRemove={() => {
              ids.remove(index);
              onChange(removeCase(cases, index));
            }}
          />
        ))}
        {cases.length === 0 && (
          <Text size="xs" className="quiet">
            There is no case yet, so the execution ends here.
          </Text>
        )}
        <Group gap={6}>
          <AddButton label="Case" onClick={() => add("case")} />
          {!hasElse && <AddButton label="Else" onClick={() => add("else")} />}
        </Group>
      </Stack>
    </Input.Wrapper>
  );
}

/** Names of the rows that stay with their cases: what is opened in one is not opened in another after a move. */
function useIds(count: number) {
  const ids = useRef<{ list: number[]; next: number }>({ list: [], next: 0 });
  const { current } = ids;
  while (current.list.length < count) current.list.push(current.next++);
  current.list.length = count;
  return {
    list: current.list,
    insert: (index: number) => current.list.splice(index, 0, current.next++),
    remove: (index: number) => current.list.splice(index, 1),
    swap: (a: number, b: number) => {
      const [one, other] = [current.list[a] ?? 0, current.list[b] ?? 0];
      current.list[a] = other;
      current.list[b] = one;
    },
  };
}

function AddButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <Button size="compact-sm" variant="default" leftSection={<Plus size={13} />} onClick={onClick}>
      {label}
    </Button>
  );
}

interface CaseRowProps {
  cases: Case[];
  each: Case;
  index: number;
  targets: string[];
  onChange: (cases: Case[]) => void;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
}

function CaseRow({ cases, each, index, targets, onChange, onMove, onRemove }: CaseRowProps) {
  const name = labelOf(each) || `case ${index + 1}`;
  const next = each.next === undefined || each.next === null ? "" : String(each.next);
  const others = next && !targets.includes(next) ? [next] : [];
  const set = (key: string, value: unknown) => onChange(setMember(cases, index, key, value));
  return (
    <section className="case" aria-label={`Case ${name}`}>
      <div className="case-top">
        <LabelInput cases={cases} index={index} onChange={(label) => set("label", label)} />
        <NativeSelect
          size="xs"
          aria-label={`Target of ${name}`}
          data={[{ value: "", label: "by its edge" }, ...others, ...targets]}
          value={next}
          onChange={(event) => set("next", event.currentTarget.value || undefined)}
        />
        <CaseTools cases={cases} index={index} name={name} onMove={onMove} onRemove={onRemove} />
      </div>
      {isElse(each) ? (
        <Text size="xs" className="quiet">
          Taken if no case before it is.
        </Text>
      ) : (
        <RuleField
          label="if"
          rule={each.condition}
          emptyText="Without a condition this case is never taken."
          onChange={(rule) => set("condition", rule)}
        />
      )}
    </section>
  );
}

interface LabelInputProps {
  cases: Case[];
  index: number;
  onChange: (label: string) => void;
}

/** The label, which counts once the field is left: edges are drawn from it, so it is not changed letter by letter. */
function LabelInput({ cases, index, onChange }: LabelInputProps) {
  const now = labelOf(cases[index] ?? {});
  const [typed, setTyped] = useState<string | null>(null);
  const isTaken = typed !== null && typed !== now && cases.some((each) => labelOf(each) === typed);
  const commit = () => {
    if (typed !== null && typed !== now && !isTaken) onChange(typed);
    if (!isTaken) setTyped(null);
  };
  return (
    <TextInput
      size="xs"
      aria-label={`Label of case ${index + 1}`}
      placeholder="Label"
      value={typed ?? now}
      error={isTaken ? "Another case has this label." : undefined}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => event.key === "Enter" && commit()}
    />
  );
}

interface CaseToolsProps {
  cases: Case[];
  index: number;
  name: string;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
}

function CaseTools({ cases, index, name, onMove, onRemove }: CaseToolsProps) {
  const tools = [
    { label: "up", by: -1, icon: ArrowUp },
    { label: "down", by: 1, icon: ArrowDown },
  ] as const;
  return (
    <Group gap={0} wrap="nowrap">
      {tools.map(({ label, by, icon: Icon }) => (
        <ActionIcon
          key={label}
          size={26}
          variant="subtle"
          color="gray"
          aria-label={`Move ${name} ${label}`}
          disabled={!canMove(cases, index, by)}
          onClick={() => onMove(by)}
        >
          <Icon size={14} />
        </ActionIcon>
      ))}
      <ActionIcon size={26} variant="subtle" color="gray" aria-label={`Delete ${name}`} onClick={onRemove}>
        <Trash2 size={14} />
      </ActionIcon>
    </Group>
  );
}
