/** Why a step went the way that it did: the sentence, the cases of a branch, the condition of a wait, a join's edges. */

import { Button, Collapse, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { ArrowRight, Check, X } from "lucide-react";
import { type StepExplanation, shownStepQuery, stepExplanationQuery, type WholeStep } from "../api/steps";
import { RuleTree } from "../rules/RuleTree";
import { Words } from "../ui/Words";

interface StepReasonsProps {
  executionId: string;
  step: WholeStep;
  /** True where several edges lead to its node. */
  isJoin: boolean;
  onSelect: (nodeId: string, stepId?: string) => void;
}

/** Steps that have a reason worth telling: those that choose, join or wait, and those that were skipped. */
function isTelling(step: WholeStep): boolean {
  if (step.status === "FAILED") return false;
  return step.status === "SKIPPED" || step.branch !== null || step.type === "branch" || step.type === "wait_for_event";
}

export function StepReasons({ executionId, step, isJoin, onSelect }: StepReasonsProps) {
  const isAsked = isTelling(step) || (isJoin && step.status !== "FAILED");
  const { data } = useQuery({ ...stepExplanationQuery(executionId, step.id), enabled: isAsked });
  if (!isAsked || !data) return null;
  return (
    <div className="reasons">
      <Text size="sm" component="div">
        <Words text={data.sentence.replaceAll("*", "")} />
      </Text>
      {data.cases && data.cases.length > 0 && (
        <ul aria-label="Cases">
          {data.cases.map((each) => (
            <li key={each.label}>
              <Case given={each} />
            </li>
          ))}
        </ul>
      )}
      {data.tree && <RuleTree tree={data.tree} label="Condition" />}
      {data.join && <Join join={data.join} />}
      {data.caused_by && <CausedBy executionId={executionId} stepId={data.caused_by} onSelect={onSelect} />}
    </div>
  );
}

type Given = NonNullable<StepExplanation["cases"]>[number];

function Case({ given }: { given: Given }) {
  const [isOpen, tree] = useDisclosure(given.taken);
  const Mark = given.taken ? Check : given.decision === "not_matched" ? X : ArrowRight;
  const words = given.taken ? given.tree?.words : given.words;
  return (
    <div className="case" data-taken={given.taken || undefined}>
      <Text size="sm" component="div">
        <Mark size={13} aria-hidden /> <strong>{given.label}</strong> {given.taken ? "taken" : "not taken"}
        {words && (
          <>
            {": "}
            <Words text={words} />
          </>
        )}
      </Text>
      {given.tree && (
        <>
          <Button size="compact-xs" variant="subtle" aria-expanded={isOpen} onClick={tree.toggle}>
            {isOpen ? "Hide its condition" : "Show its condition"}
          </Button>
          <Collapse expanded={isOpen}>
            <RuleTree tree={given.tree} label={`Condition of case ${given.label}`} />
          </Collapse>
        </>
      )}
    </div>
  );
}

function Join({ join }: { join: NonNullable<StepExplanation["join"]> }) {
  const parts = [
    ["came", join.arrived],
    ["skipped", join.skipped],
    ["still missing", join.missing],
  ] as const;
  return (
    <Text size="sm" className="quiet" mt={4}>
      It needs {join.needed} {join.needed === 1 ? "arrival" : "arrivals"};{" "}
      {parts
        .filter(([, names]) => names.length > 0)
        .map(([word, names]) => `${word}: ${names.join(", ")}`)
        .join("; ")}
    </Text>
  );
}

interface CausedByProps {
  executionId: string;
  stepId: string;
  onSelect: (nodeId: string, stepId?: string) => void;
}

function CausedBy({ executionId, stepId, onSelect }: CausedByProps) {
  const { data } = useQuery(shownStepQuery(executionId, stepId));
  if (!data) return null;
  return (
    <Button size="compact-xs" variant="default" mt={6} onClick={() => onSelect(data.node_id, data.id)}>
      Go to {data.node_id}
    </Button>
  );
}
