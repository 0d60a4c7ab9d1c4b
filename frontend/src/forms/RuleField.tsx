/** A field whose value is a rule: its words, and its conditions once it is opened. */

import { Text, UnstyledButton } from "@mantine/core";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import { isEmpty } from "../rules/edit";
import { RuleEditor } from "../rules/RuleEditor";
import { ruleWords } from "../rules/words";
import { Words } from "../ui/Words";
import "./ruleField.css";

interface RuleFieldProps {
  label: string;
  description?: string;
  rule: unknown;
  error?: string;
  /** What an empty rule means. */
  emptyText?: string;
  isRequired?: boolean;
  /** Undefined: the rule is removed. */
  onChange: (rule: unknown) => void;
}

export function RuleField({ label, description, rule, error, emptyText, isRequired, onChange }: RuleFieldProps) {
  const [isOpen, setOpen] = useState(false);
  const Icon = isOpen ? ChevronDown : ChevronRight;
  return (
    <div className="rule-field" data-invalid={!!error || undefined}>
      <UnstyledButton className="rule-fold" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Icon size={14} aria-hidden />
        <span className="rule-fold-words">
          <strong>
            {label}
            {isRequired && " *"}
          </strong>{" "}
          {isEmpty(rule) ? <span className="quiet">none</span> : <Words text={ruleWords(rule)} />}
        </span>
      </UnstyledButton>
      {isOpen && (
        <div className="rule-unfolded">
          <RuleEditor
            label={label === "if" ? "Condition" : label}
            description={description}
            emptyText={emptyText ?? "There is no condition yet."}
            rule={rule ?? null}
            onChange={(next) => onChange(next === null ? undefined : next)}
          />
        </div>
      )}
      {error && (
        <Text size="xs" className="rule-error" px={8} pb={4}>
          {error}
        </Text>
      )}
    </div>
  );
}
