/** The cases of a branch in both executions, with the values that each condition met. */

import { Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type StepExplanation, stepExplanationQuery, type WholeStep } from "../api/steps";
import { RuleTree } from "../rules/RuleTree";
import { Loading } from "../ui/Loading";

export function TwoTrees({ a, b }: { a: WholeStep; b: WholeStep | undefined }) {
  const one = useExplanation(a);
  const other = useExplanation(b);
  if (!one || (b && !other)) return <Loading lines={2} />;
  const labels = [...new Set([...(one.cases ?? []), ...(other?.cases ?? [])].map((each) => each.label))];
  return (
    <section>
      <Title order={3} size="sm" mb={4}>
        Cases
      </Title>
      {labels.map((label) => (
        <div key={label} className="two-trees">
          <CaseSide side="A" explanation={one} label={label} />
          <CaseSide side="B" explanation={other} label={label} />
        </div>
      ))}
    </section>
  );
}

function useExplanation(step: WholeStep | undefined): StepExplanation | undefined {
  const query = stepExplanationQuery(step?.execution_id ?? "", step?.id ?? "");
  return useQuery({ ...query, enabled: step !== undefined }).data;
}

interface CaseSideProps {
  side: "A" | "B";
  explanation: StepExplanation | undefined;
  label: string;
}

function CaseSide({ side, explanation, label }: CaseSideProps) {
  const found = explanation?.cases?.find((each) => each.label === label);
  return (
    <div>
      <Text size="sm">
        {side}: <strong>{label}</strong> {found ? (found.taken ? "taken" : "not taken") : "is not a case"}
      </Text>
      {found?.tree && <RuleTree tree={found.tree} label={`Condition of case ${label} in ${side}`} />}
    </div>
  );
}
