/** The buttons of an execution: those that its status allows. */

import { Button, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CirclePause, CirclePlay, RotateCcw, X } from "lucide-react";
import { type Command, commandExecution, type WholeExecution } from "../api/executions";
import { noteAction } from "../api/live";
import { useMay } from "../api/me";
import { messageOf } from "../api/problems";
import { ForkButton } from "../fork/ForkDialog";
import { isTerminal } from "../status";
import { WriteButton } from "../ui/WriteButton";
import { More } from "./More";

export function Commands({ execution }: { execution: WholeExecution }) {
  const [isAsking, ask] = useDisclosure(false);
  const command = useCommand(execution.id);
  const may = useMay();
  const run = (name: Command) => () => command.mutate(name);
  if (!may("executions:write")) return <More execution={execution} />;
  const ended = isTerminal(execution.status);
  return (
    <Group gap="xs">
      {!ended && execution.status === "PAUSED" && (
        <CommandButton icon={CirclePlay} label="Resume" onClick={run("resume")} isBusy={command.isPending} />
      )}
      {!ended && execution.status !== "PAUSED" && (
        <CommandButton icon={CirclePause} label="Pause" onClick={run("pause")} isBusy={command.isPending} />
      )}
      {!ended && <CommandButton icon={X} label="Cancel" onClick={ask.open} isBusy={command.isPending} />}
      {(execution.status === "FAILED" || execution.status === "CANCELLED") && (
        <CommandButton icon={RotateCcw} label="Retry" onClick={run("retry")} isBusy={command.isPending} />
      )}
      <ForkButton execution={execution} />
      <More execution={execution} />
      <Modal opened={isAsking} onClose={ask.close} title="Cancel this execution?">
        <Text size="sm">Nothing more is started, running steps finish, and compensations run.</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={ask.close}>
            Keep it
          </Button>
          <WriteButton
            color="red"
            onClick={() => {
              ask.close();
              command.mutate("cancel");
            }}
          >
            Cancel the execution
          </WriteButton>
        </Group>
      </Modal>
    </Group>
  );
}

function useCommand(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (command: Command) => commandExecution(id, command),
    onSuccess: (execution) => {
      noteAction();
      queries.setQueryData<WholeExecution>(["execution", id], (old) => old && { ...old, ...execution });
      void queries.invalidateQueries({ queryKey: ["executionNodes", id] });
      void queries.invalidateQueries({ queryKey: ["executionWhy", id] });
    },
    onError: (error) => notifications.show({ color: "red", title: "Not done", message: messageOf(error) }),
  });
}

interface CommandButtonProps {
  icon: typeof X;
  label: string;
  onClick: () => void;
  isBusy: boolean;
}

function CommandButton({ icon: Icon, label, onClick, isBusy }: CommandButtonProps) {
  return (
    <WriteButton size="xs" variant="default" leftSection={<Icon size={14} />} onClick={onClick} disabled={isBusy}>
      {label}
    </WriteButton>
  );
}
