/** Where two executions first differ, in one sentence, and how their payloads and definitions stand. */

import { Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Diff } from "../api/compare";
import { Words } from "../ui/Words";
import { pathOf, sideText } from "./differences";

export function Answer({ diff, a, b }: { diff: Diff; a: string; b: string }) {
  const node = diff.first_difference;
  return (
    <div className="panel answer">
      <Words text={diff.sentence} />
      <Group gap="md" mt={8}>
        <Text size="sm" className="quiet">
          {diff.definition === "same" ? "The same definition." : "Their definitions differ."}
        </Text>
        <Text size="sm" className="quiet">
          {diff.payload === "same" ? "The same payload." : <PayloadText diff={diff} />}
        </Text>
        {node && (
          <>
            <Link to="/executions/$executionId" params={{ executionId: a }} search={{ node }} className="answer-link">
              {node} in A
            </Link>
            <Link to="/executions/$executionId" params={{ executionId: b }} search={{ node }} className="answer-link">
              {node} in B
            </Link>
          </>
        )}
      </Group>
    </div>
  );
}

function PayloadText({ diff }: { diff: Diff }) {
  const difference = diff.payload_difference;
  if (!difference) return "Their payloads differ.";
  const path = pathOf(difference.pointer) || "the whole";
  return (
    <>
      Their payloads differ, first at <code>{path}</code>: <code>{sideText(difference, "a")}</code> and{" "}
      <code>{sideText(difference, "b")}</code>.
    </>
  );
}
