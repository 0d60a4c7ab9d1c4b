/** Why an execution failed: the sentence of its error, and the step it comes from. */

import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { CircleX } from "lucide-react";
import type { WholeExecution } from "../api/executions";
import { errorText } from "./errorText";

export function Failure({ execution }: { execution: WholeExecution }) {
  if (execution.status !== "FAILED") return null;
  const node = nodeOf(execution.error);
  return (
    <section className="notice" data-tone="failed" aria-label="Why it failed">
      <CircleX size={17} aria-hidden />
      <div>
        {node && (
          <Text size="sm" fw={600}>
            <Link to="/executions/$executionId" params={{ executionId: execution.id }} search={{ node }}>
              {node}
            </Link>{" "}
            failed
          </Text>
        )}
        <Text size="sm" style={{ overflowWrap: "anywhere" }} lineClamp={4}>
          {errorText(execution.error) || "It failed without saying why."}
        </Text>
      </div>
    </section>
  );
}

function nodeOf(error: unknown): string | null {
  if (!error || typeof error !== "object" || !("node_id" in error)) return null;
  return typeof error.node_id === "string" ? error.node_id : null;
}
