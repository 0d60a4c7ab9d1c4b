/** One argument of a condition: a path, or a value of some kind, or the value of another path. */

import { NativeSelect } from "@mantine/core";
import type { SeenField } from "../api/fields";
import { setPath } from "./edit";
import type { Operand, SeenType } from "./leaf";
import { PathInput } from "./PathInput";
import { readOf } from "./parts";
import type { Value } from "./pointer";
import { ValueInput } from "./ValueInput";
import { KIND_NAMES, kindOfValue, toKind, type ValueKind } from "./values";

interface OperandInputProps {
  operand: Operand;
  /** "Value", or "Value 2" where there are several. */
  name: string;
  scope: string | null;
  /** True for the argument that the condition is about: it is a path. */
  isSubject: boolean;
  /** What was seen at the path of the subject. */
  seen?: SeenField;
  seenType?: SeenType;
  autoFocus?: boolean;
  onChange: (value: Value) => void;
  onChoose: (field: SeenField) => void;
}

const KINDS: ValueKind[] = ["text", "number", "boolean", "null", "list", "field"];

export function OperandInput(props: OperandInputProps) {
  const { operand, name, scope, isSubject, seen, seenType, autoFocus, onChange, onChoose } = props;
  const { value } = operand;
  if (operand.kind === "name") {
    const path = String(value);
    return <PathInput label="Path" path={path} scope={scope} autoFocus={autoFocus} onChange={onChange} />;
  }
  const path = (
    <PathInput
      label={isSubject ? "Path" : `${name} from path`}
      path={readOf(value)?.path ?? ""}
      scope={scope}
      autoFocus={autoFocus}
      onChange={(next) => onChange(setPath(value, "", next))}
      onChoose={isSubject ? onChoose : undefined}
    />
  );
  if (isSubject && operand.kind === "path") return path;
  const kind = kindOfValue(value);
  const kinds = kind === "json" ? [...KINDS, kind] : KINDS;
  return (
    <div className="rule-operand">
      {kind === "field" ? (
        path
      ) : (
        <ValueInput label={name} kind={kind} value={value} seen={seen} seenType={seenType} onChange={onChange} />
      )}
      <NativeSelect
        size="xs"
        className="rule-kind"
        aria-label={`Kind of ${name.toLowerCase()}`}
        data={kinds.map((each) => ({ value: each, label: KIND_NAMES[each] }))}
        value={kind}
        onChange={(event) => onChange(toKind(value, event.currentTarget.value as ValueKind))}
      />
    </div>
  );
}
