/** What can be done with the chosen executions: cancel, retry, or compare two. */

import { Button, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { GitCompare, RotateCcw, X } from "lucide-react";
import type { Execution } from "../api/executions";
import { noteAction } from "../api/live";
import { useMay } from "../api/me";
import type { Selection } from "../ui/useSelection";
import { WriteButton } from "../ui/WriteButton";
import { type EachCommand, fitsCommand, giveEach, resultText } from "./giveEach";

interface SelectionBarProps {
  rows: Execution[];
  selection: Selection;
}

export function SelectionBar({ rows, selection }: SelectionBarProps) {
  const navigate = useNavigate();
  const may = useMay();
  const giving = useGiving(selection.clear);
  const [isAsking, ask] = useDisclosure(false);
  const chosen = rows.filter((row) => selection.chosen.has(row.id));
  if (chosen.length === 0) return null;
  const toCancel = chosen.filter((row) => fitsCommand(row.status, "cancel"));
  const toRetry = chosen.filter((row) => fitsCommand(row.status, "retry"));
  const compare = () => navigate({ to: "/compare", search: { a: chosen[1]?.id, b: chosen[0]?.id } });
  const give = (command: EachCommand, executions: Execution[]) =>
    giving.mutate({ command, ids: executions.map((row) => row.id) });
  return (
    <Group className="panel selection-bar" role="toolbar" aria-label="Chosen executions" gap="xs">
      <Text size="sm" fw={600} role="status">
        {chosen.length} chosen
      </Text>
      {may("executions:write") && (
        <>
          <Act icon={X} label="Cancel" count={toCancel.length} isBusy={giving.isPending} onClick={ask.open} />
          <Act
            icon={RotateCcw}
            label="Retry"
            count={toRetry.length}
            isBusy={giving.isPending}
            onClick={() => give("retry", toRetry)}
          />
        </>
      )}
      <Button
        size="xs"
        variant="default"
        leftSection={<GitCompare size={14} />}
        disabled={chosen.length !== 2}
        title={chosen.length === 2 ? undefined : "Choose exactly two."}
        onClick={compare}
      >
        Compare
      </Button>
      <Button size="xs" variant="subtle" color="gray" onClick={selection.clear}>
        Clear
      </Button>
      <Modal opened={isAsking} onClose={ask.close} title={`Cancel ${countText(toCancel.length)}?`}>
        <Text size="sm">Nothing more of them is started, running steps finish, and compensations run.</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={ask.close}>
            Keep them
          </Button>
          <WriteButton
            color="red"
            onClick={() => {
              ask.close();
              give("cancel", toCancel);
            }}
          >
            Cancel {countText(toCancel.length)}
          </WriteButton>
        </Group>
      </Modal>
    </Group>
  );
}

interface ActProps {
  icon: typeof X;
  label: string;
  /** Of the chosen ones, those to which it can be done. */
  count: number;
  isBusy: boolean;
  onClick: () => void;
}

function Act({ icon: Icon, label, count, isBusy, onClick }: ActProps) {
  return (
    <WriteButton
      size="xs"
      variant="default"
      leftSection={<Icon size={14} />}
      disabled={count === 0}
      loading={isBusy}
      title={count === 0 ? "None of the chosen ones has a status that allows it." : undefined}
      onClick={onClick}
    >
      {label} {count > 0 && count}
    </WriteButton>
  );
}

function countText(count: number): string {
  return count === 1 ? "1 execution" : `${count} executions`;
}

function useGiving(onDone: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ command, ids }: { command: EachCommand; ids: string[] }) => giveEach(ids, command),
    onSuccess: (result, { command }) => {
      noteAction();
      onDone();
      notifications.show({
        color: result.refused.length ? "red" : undefined,
        message: resultText(command, result.done, result.refused),
      });
      for (const key of ["executions", "executionCounts"]) void queries.invalidateQueries({ queryKey: [key] });
    },
  });
}
