/** The menu of an execution: comparisons, and the request that reads it. */

import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ChevronDown, GitCompare, History, Terminal } from "lucide-react";
import { executionBeforeQuery, type WholeExecution } from "../api/executions";

export function More({ execution }: { execution: WholeExecution }) {
  const navigate = useNavigate();
  const compareWithBefore = useComparison(execution);
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button size="xs" variant="default" rightSection={<ChevronDown size={14} />}>
          More
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<History size={14} />} onClick={compareWithBefore}>
          Compare with the one before
        </Menu.Item>
        <Menu.Item
          leftSection={<GitCompare size={14} />}
          onClick={() => navigate({ to: "/compare", search: { a: execution.id } })}
        >
          Compare with…
        </Menu.Item>
        <Menu.Item leftSection={<Terminal size={14} />} onClick={() => copyCommand(execution.id)}>
          Copy as curl
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function useComparison(execution: WholeExecution): () => void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    const before = await queries.fetchQuery(executionBeforeQuery(execution));
    if (before) void navigate({ to: "/compare", search: { a: before.id, b: execution.id } });
    else notifications.show({ message: "This is the first execution of its workflow." });
  };
}

function copyCommand(id: string): void {
  void navigator.clipboard?.writeText(`curl -s ${location.origin}/executions/${id}`);
  notifications.show({ message: "The command is in the clipboard." });
}
