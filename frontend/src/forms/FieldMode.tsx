/** The switch of a field between a value that is fixed and a template. */

import { UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import "./fieldMode.css";

interface FieldModeProps {
  title: string;
  isTemplate: boolean;
  onToggle: () => void;
  children: ReactNode;
}

export function FieldMode({ title, isTemplate, onToggle, children }: FieldModeProps) {
  return (
    <div className="field-mode">
      {children}
      <UnstyledButton
        className="field-mode-switch"
        aria-pressed={isTemplate}
        aria-label={`Template for ${title}`}
        title={isTemplate ? "A template: it is filled when the node runs" : "Use a template"}
        onClick={onToggle}
      >
        Template
      </UnstyledButton>
    </div>
  );
}
