/** A form for the data of a node, from the schema of its type: a new node type needs no code here. */

import { NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { isTemplate } from "../graph/templateText";
import { CasesField } from "./CasesField";
import type { Case } from "./cases";
import { durationText } from "./durations";
import { FieldMode } from "./FieldMode";
import { type Field, fieldsOf, readText, type Schema, textOf } from "./fields";
import { RuleField } from "./RuleField";
import { TemplateArea } from "./TemplateArea";
import { TemplateField } from "./TemplateField";

interface SchemaFormProps {
  schema: Schema;
  data: Record<string, unknown>;
  /** Messages by the key that they are about. */
  problems: ReadonlyMap<string, string>;
  onChange: (data: Record<string, unknown>) => void;
  /** Keys that have no field here. */
  hidden?: ReadonlySet<string>;
  /** Nodes that a case can lead to. */
  targets?: string[];
  /** Values may be templates. */
  takesTemplates?: boolean;
}

const NO_TARGETS: string[] = [];

export function SchemaForm(props: SchemaFormProps) {
  const { schema, data, problems, onChange, hidden, targets = NO_TARGETS, takesTemplates = false } = props;
  const set = (key: string, value: unknown) => {
    if (value !== undefined) onChange({ ...data, [key]: value });
    else onChange(Object.fromEntries(Object.entries(data).filter(([each]) => each !== key)));
  };
  const fields = fieldsOf(schema, data).filter((field) => !hidden?.has(field.key));
  return (
    <Stack gap="sm">
      {fields.map((field) => (
        <FieldInput
          key={field.key}
          field={field}
          value={data[field.key]}
          problem={problems.get(field.key)}
          targets={targets}
          takesTemplates={takesTemplates}
          onChange={(value) => set(field.key, value)}
        />
      ))}
    </Stack>
  );
}

interface FieldInputProps {
  field: Field;
  value: unknown;
  problem: string | undefined;
  targets: string[];
  takesTemplates: boolean;
  onChange: (value: unknown) => void;
}

function FieldInput(props: FieldInputProps) {
  const { field, value, problem, targets, onChange } = props;
  const { title, description, isRequired } = field;
  if (field.kind === "rule") {
    return (
      <RuleField
        label={title}
        description={description}
        isRequired={isRequired}
        rule={value}
        error={problem}
        onChange={onChange}
      />
    );
  }
  if (field.kind === "cases") {
    return (
      <CasesField
        label={title}
        description={description}
        cases={(value ?? []) as Case[]}
        error={problem}
        targets={targets}
        onChange={onChange}
      />
    );
  }
  return <ScalarField {...props} />;
}

/** Kinds whose value may be a template instead. */
const SCALARS = new Set<Field["kind"]>(["text", "long", "number", "boolean", "choice", "any"]);

function ScalarField(props: FieldInputProps) {
  const { field, value, problem, takesTemplates, onChange } = props;
  const [isWanted, setWanted] = useState(false);
  if (!takesTemplates || !SCALARS.has(field.kind) || (typeof value === "object" && value !== null))
    return <FixedInput {...props} />;
  const isTemplated = isTemplate(value) || isWanted;
  const toggle = () => {
    setWanted(!isTemplated);
    // A template is no fixed value, and a number or a choice is no beginning of a template.
    if (isTemplate(value) || (!isTemplated && field.kind !== "text" && field.kind !== "long")) onChange(undefined);
  };
  // Text of several lines needs a larger field than that of a template; it completes templates too.
  const isLong = field.kind === "long" || (typeof value === "string" && value.includes("\n"));
  return (
    <FieldMode title={field.title} isTemplate={isTemplated} onToggle={toggle}>
      {isTemplated && !isLong ? (
        <TemplateField
          label={field.title}
          description={field.description}
          isRequired={field.isRequired}
          error={problem}
          value={typeof value === "string" ? value : ""}
          onChange={(text) => onChange(text === "" ? undefined : text)}
        />
      ) : (
        <FixedInput {...props} />
      )}
    </FieldMode>
  );
}

function FixedInput({ field, value, problem, takesTemplates, onChange }: FieldInputProps) {
  const { text, error, write } = useText(field, value, onChange);
  const common = {
    size: "xs" as const,
    label: field.title,
    description: (field.isDuration && durationText(value)) || field.description || undefined,
    withAsterisk: field.isRequired,
    placeholder: field.fallback || undefined,
    error: error ?? problem,
    value: text,
    onChange: (event: { currentTarget: { value: string } }) => write(event.currentTarget.value),
  };
  if (field.kind === "choice" || field.kind === "boolean") {
    const choices = field.kind === "boolean" ? ["true", "false"] : field.choices;
    const all = text && !choices.includes(text) ? [...choices, text] : choices;
    return (
      <NativeSelect {...common} data={[{ value: "", label: field.fallback ? `(${field.fallback})` : "" }, ...all]} />
    );
  }
  if (field.kind !== "text" && field.kind !== "number") {
    const code = field.kind !== "long" ? { input: { fontFamily: "var(--mantine-font-family-monospace)" } } : undefined;
    const look = { autosize: true, minRows: 1, maxRows: 16, spellCheck: field.kind === "long", styles: code };
    if (takesTemplates) return <TemplateArea {...common} {...look} onChange={write} />;
    return <Textarea {...common} {...look} />;
  }
  return <TextInput {...common} />;
}

/** The text of a field: the user's own while it is typed, so that it may be unreadable for a moment. */
function useText(field: Field, value: unknown, onChange: (value: unknown) => void) {
  const [typed, setTyped] = useState<{ text: string; value: unknown } | null>(null);
  const [error, setError] = useState<string | null>(null);
  const isTyped = typed !== null && (error !== null || textOf(typed.value, field.kind) === textOf(value, field.kind));
  const write = (text: string) => {
    try {
      const next = readText(text, field.kind);
      setError(null);
      setTyped({ text, value: next });
      onChange(next);
    } catch {
      setError("This is not JSON yet; the value is unchanged.");
      setTyped({ text, value });
    }
  };
  return { text: isTyped ? typed.text : textOf(value, field.kind), error, write };
}
