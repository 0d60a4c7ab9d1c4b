/** Why a step went the way that it did: the sentence, and the cases of a branch. */

import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ArrowRight, Check, X } from "lucide-react";
import { type StepExplanation, type StepLine, stepExplanationQuery } from "../api/steps";

/** Steps that have a reason worth telling: those that choose, join or wait, and those that were skipped. */
function isTelling(step: StepLine): boolean {
  return step.status === "SKIPPED" || step.branch !== null || step.type === "branch" || step.type === "wait_for_event";
}

export function StepReasons({ executionId, step }: { executionId: string; step: StepLine }) {
  const { data } = useQuery({ ...stepExplanationQuery(executionId, step.id), enabled: isTelling(step) });
  if (!isTelling(step) || !data) return null;
  return (
    <div className="reasons">
      <Text size="sm">{data.sentence.replaceAll("*", "")}</Text>
      {data.cases && data.cases.length > 0 && (
        <ul>
          {data.cases.map((each) => (
            <li key={each.label}>
              <Case given={each} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

type Given = NonNullable<StepExplanation["cases"]>[number];

function Case({ given }: { given: Given }) {
  const Mark = given.taken ? Check : given.decision === "not_matched" ? X : ArrowRight;
  const words = given.taken ? given.tree?.words : given.words;
  return (
    <Text size="sm" className={given.taken ? undefined : "quiet"}>
      <Mark size={13} aria-hidden /> <strong>{given.label}</strong> {given.taken ? "taken" : "not taken"}
      {words && <span>: {words.replaceAll("`", "")}</span>}
    </Text>
  );
}
