/** A stripe that says how the definitions of two executions differ. */

import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { WholeExecution } from "../api/executions";
import type { GraphRead } from "../client/types.gen";
import { Notice } from "../ui/Notice";
import { changedNodes } from "./marks";

/** Nodes that are named. */
const SHOWN = 6;

interface VersionsProps {
  first: WholeExecution;
  second: WholeExecution;
  a: GraphRead;
  b: GraphRead;
}

export function Versions({ first, second, a, b }: VersionsProps) {
  if (first.version === second.version) return null;
  const hasBoth = first.version > 0 && second.version > 0;
  const changed = changedNodes(a, b);
  const names = changed.slice(0, SHOWN).join(", ") + (changed.length > SHOWN ? " …" : "");
  const count = changed.length === 1 ? "1 node differs" : `${changed.length} nodes differ`;
  return (
    <Notice tone="quiet">
      <Text size="sm">
        {versionName(first)} and {versionName(second)}:{" "}
        {changed.length === 0 ? "no node differs" : `${count} (${names})`}.{" "}
        <Link
          to="/workflows/$workflowId"
          params={{ workflowId: first.workflow_id }}
          search={hasBoth ? { tab: "versions", a: first.version, b: second.version } : {}}
        >
          {hasBoth ? "See what differs" : "Open the workflow"}
        </Link>
      </Text>
    </Notice>
  );
}

/** A fork with a definition of its own has a version below zero. */
function versionName({ version }: WholeExecution): string {
  return version < 0 ? "a definition of its own" : `v${version}`;
}
