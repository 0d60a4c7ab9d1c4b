/** Says that a step was kept of the original of a fork, with its times and its output; with a link to it there. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Link2 } from "lucide-react";
import { visitQuery, type WholeStep } from "../api/steps";

const WORDS = "Kept of the original, with its times and its output";

export function KeptMark() {
  return (
    <span title={WORDS} className="kept-mark">
      <Link2 size={14} role="img" aria-label={WORDS} />
    </span>
  );
}

/** The step of the original that this one was kept of. */
export function KeptLink({ step, original }: { step: WholeStep; original: string }) {
  const { data } = useQuery({ ...visitQuery(original, step.node_id, step.visit), staleTime: 60_000 });
  return (
    <Link
      to="/executions/$executionId"
      params={{ executionId: original }}
      search={{ node: step.node_id, step: data?.[data.length - 1]?.id }}
      title={WORDS}
    >
      <Link2 size={13} aria-hidden style={{ verticalAlign: "-2px" }} /> kept of the original
    </Link>
  );
}
