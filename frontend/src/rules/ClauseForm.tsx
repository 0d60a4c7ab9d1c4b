/** The fields of one condition: what it reads, what it asks, and with which value. Every change counts at once. */

import { Button, Group, NativeSelect } from "@mantine/core";
import { type KeyboardEvent, useState } from "react";
import type { SeenField } from "../api/fields";
import { replaceAt, setPath } from "./edit";
import { ask, fitCondition, operandsOf, QUESTIONS, questionOf, type SeenType, subjectPath } from "./leaf";
import { OperandInput } from "./OperandInput";
import { useSeenFields } from "./PathInput";
import { operationOf } from "./parts";
import type { Value } from "./pointer";
import { RuleText } from "./RuleText";

interface ClauseFormProps {
  clause: Value;
  scope: string | null;
  /** Edited as JSON, whatever it is. */
  asText: boolean;
  onChange: (clause: Value) => void;
  /** Called when the user is done. */
  onClose: () => void;
  /** Called with what the clause was when the form was opened, when the user takes the changes back. */
  onCancel: (before: Value) => void;
}

export function ClauseForm({ clause, scope, asText, onChange, onClose, onCancel }: ClauseFormProps) {
  const [before] = useState(clause);
  const operands = asText ? null : operandsOf(clause);
  const onKeyDown = (event: KeyboardEvent) => {
    const isLong = event.target instanceof HTMLTextAreaElement && !event.ctrlKey;
    if (event.key === "Enter" && !event.defaultPrevented && !isLong && !isButton(event.target)) {
      if (!event.ctrlKey) event.preventDefault();
      onClose();
    } else if (event.key === "Escape") {
      event.preventDefault();
      onCancel(before);
    }
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys that bubble from its fields end here
    <div className="rule-form" onKeyDown={onKeyDown} onClick={(event) => event.stopPropagation()}>
      {operands ? (
        <Operands clause={clause} operands={operands} scope={scope} onChange={onChange} />
      ) : (
        <RuleText label="Condition as JSON" rule={clause} minRows={2} autoFocus onChange={onChange} />
      )}
      <Group gap={6}>
        <Button size="compact-sm" onClick={onClose}>
          Done
        </Button>
        <Button size="compact-sm" variant="subtle" color="gray" onClick={() => onCancel(before)}>
          Cancel
        </Button>
      </Group>
    </div>
  );
}

function isButton(target: EventTarget): boolean {
  return target instanceof HTMLButtonElement;
}

interface OperandsProps {
  clause: Value;
  operands: NonNullable<ReturnType<typeof operandsOf>>;
  scope: string | null;
  onChange: (clause: Value) => void;
}

function Operands({ clause, operands, scope, onChange }: OperandsProps) {
  const path = subjectPath(clause) ?? "";
  const seen = useSeenFields(path, scope).find((field) => field.path === path);
  const type = mainType(seen);
  const isConstant = operationOf(clause) === null;
  const subject = operands.findIndex((each) => each.kind === "path" || each.kind === "name");
  const choose = (next: Value, field: SeenField) => onChange(fitCondition(next, mainType(field), field.examples[0]));
  return (
    <div className="rule-operands">
      {operands.map((operand, index) => {
        const change = (value: Value) => (operand.pointer === "" ? value : replaceAt(clause, operand.pointer, value));
        return [
          <OperandInput
            key={operand.pointer}
            operand={operand}
            name={operands.length > 2 && index > 0 ? `Value ${index}` : "Value"}
            scope={scope}
            isSubject={index === subject}
            seen={seen}
            seenType={type}
            autoFocus={index === 0}
            onChange={(value) => onChange(change(value))}
            onChoose={(field) => choose(change(setPath(operand.value, "", field.path)), field)}
          />,
          index === 0 && !isConstant && (
            <QuestionSelect key="question" clause={clause} type={type} onChange={(id) => onChange(ask(clause, id))} />
          ),
        ];
      })}
    </div>
  );
}

/** The type that was seen most often; undefined where nothing was seen. */
function mainType(field: SeenField | undefined): SeenType | undefined {
  const types = Object.entries(field?.types ?? {}).filter(([type]) => type !== "null");
  return types.sort(([, a], [, b]) => b - a)[0]?.[0] as SeenType | undefined;
}

interface QuestionSelectProps {
  clause: Value;
  type: SeenType | undefined;
  onChange: (question: string) => void;
}

/** The questions that fit the type of the field first, then all others. */
function QuestionSelect({ clause, type, onChange }: QuestionSelectProps) {
  const current = questionOf(clause);
  const option = ({ id, label }: (typeof QUESTIONS)[number]) => ({ value: id, label });
  const first = QUESTIONS.filter((each) => (type ? each.types.includes(type) : each.types.length > 0));
  const more = QUESTIONS.filter((each) => !first.includes(each));
  const isNamed = QUESTIONS.some((each) => each.id === current);
  return (
    <NativeSelect
      size="xs"
      className="rule-question"
      aria-label="Operator"
      value={current}
      data={[
        ...(isNamed ? [] : [{ value: current, label: current }]),
        ...first.map(option),
        { group: "More", items: more.map(option) },
      ]}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
