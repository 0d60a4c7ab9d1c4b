/** What is wrong with the workflow, each with its node: a click goes there. */

import { Badge, Text, UnstyledButton } from "@mantine/core";
import { ChevronRight, CircleAlert, TriangleAlert } from "lucide-react";
import type { ProblemRead } from "../client/types.gen";
import { Words } from "../ui/Words";
import { useKept } from "./useKept";

interface ProblemsProps {
  errors: ProblemRead[];
  warnings: ProblemRead[];
  /** True: a problem without a node is shown in the text. */
  hasText: boolean;
  onSelect: (problem: ProblemRead) => void;
}

export function Problems({ errors, warnings, hasText, onSelect }: ProblemsProps) {
  const [isFolded, setFolded] = useKept("problems-folded", false);
  if (errors.length + warnings.length === 0) return null;
  return (
    <section className="panel editor-problems" aria-label="Problems">
      <UnstyledButton className="problems-head" aria-expanded={!isFolded} onClick={() => setFolded(!isFolded)}>
        <ChevronRight size={15} aria-hidden />
        <Text size="sm" fw={600} span>
          Problems
        </Text>
        {errors.length > 0 && <Badge color="red">{errors.length} to mend</Badge>}
        {warnings.length > 0 && <Badge color="gray">{warnings.length} to look at</Badge>}
      </UnstyledButton>
      <ul hidden={isFolded}>
        {errors.map((problem) => (
          <Line
            key={`e${problem.code}${problem.message}`}
            problem={problem}
            isError
            hasText={hasText}
            onSelect={onSelect}
          />
        ))}
        {warnings.map((problem) => (
          <Line key={`w${problem.code}${problem.message}`} problem={problem} hasText={hasText} onSelect={onSelect} />
        ))}
      </ul>
    </section>
  );
}

interface LineProps {
  problem: ProblemRead;
  isError?: boolean;
  hasText: boolean;
  onSelect: (problem: ProblemRead) => void;
}

function Line({ problem, isError, hasText, onSelect }: LineProps) {
  const hasPlace = !!problem.node_id || (hasText && problem.pointer != null);
  const Icon = isError ? CircleAlert : TriangleAlert;
  const content = (
    <>
      <Icon size={15} aria-hidden style={{ flex: "none" }} color={`var(--status-${isError ? "failed" : "paused"})`} />
      <span className="visually-hidden">{isError ? "Error: " : "Warning: "}</span>
      <Words text={problem.message} />
    </>
  );
  if (!hasPlace) return <li className="problem">{content}</li>;
  return (
    <li>
      <UnstyledButton className="problem" onClick={() => onSelect(problem)}>
        {content}
      </UnstyledButton>
    </li>
  );
}
