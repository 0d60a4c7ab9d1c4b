/** The workflows and credentials that name a secret or a credential. */

import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Use } from "../api/secrets";

export function Uses({ uses }: { uses: Use[] }) {
  if (uses.length === 0) {
    return (
      <Text size="sm" className="quiet">
        Nothing names it.
      </Text>
    );
  }
  return (
    <ul className="uses">
      {uses.map((use) => (
        <li key={`${use.kind} ${use.id ?? use.name}`}>
          <UseLink use={use} /> <span className="quiet">{use.kind}</span>
        </li>
      ))}
    </ul>
  );
}

function UseLink({ use }: { use: Use }) {
  if (use.kind === "workflow" && use.id) {
    return (
      <Link to="/workflows/$workflowId" params={{ workflowId: use.id }}>
        {use.name}
      </Link>
    );
  }
  if (use.kind === "credential") {
    return (
      <Link to="/settings/credentials" search={{ open: use.name }}>
        {use.name}
      </Link>
    );
  }
  return <>{use.name}</>;
}

/** "2 workflows, 1 credential"; a dash for none. */
export function usesText(uses: Use[]): string {
  const workflows = uses.filter((use) => use.kind === "workflow").length;
  const parts = [countOf(workflows, "workflow"), countOf(uses.length - workflows, "credential")];
  return parts.filter(Boolean).join(", ") || "–";
}

function countOf(count: number, noun: string): string {
  return count === 0 ? "" : `${count} ${noun}${count === 1 ? "" : "s"}`;
}
