/** Cancels or retries all executions that fit the filter of the list: first they are counted. */

import { Button, Group, Menu, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronDown, RotateCcw, X } from "lucide-react";
import { useState } from "react";
import { commandAll, type ExecutionFilter } from "../api/executions";
import { noteAction } from "../api/live";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { WriteButton } from "../ui/WriteButton";
import { countText, type EachCommand, resultText } from "./giveEach";

export function BulkButton({ filter }: { filter: ExecutionFilter }) {
  const [action, setAction] = useState<EachCommand>();
  const close = () => setAction(undefined);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button size="xs" variant="default" rightSection={<ChevronDown size={14} />}>
            All that match…
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<X size={14} />} onClick={() => setAction("cancel")}>
            Cancel all that match…
          </Menu.Item>
          <Menu.Item leftSection={<RotateCcw size={14} />} onClick={() => setAction("retry")}>
            Retry all that match…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={!!action}
        onClose={close}
        title={action === "retry" ? "Retry all that match?" : "Cancel all that match?"}
      >
        {action && <Preview filter={filter} action={action} onClose={close} />}
      </Modal>
    </>
  );
}

interface PreviewProps {
  filter: ExecutionFilter;
  action: EachCommand;
  onClose: () => void;
}

function Preview({ filter, action, onClose }: PreviewProps) {
  const counting = useCounting(filter, action);
  const doing = useDoing(filter, action, onClose);
  const count = counting.data;
  const verb = action === "cancel" ? "Cancel" : "Retry";
  return (
    <Stack gap="md">
      {counting.error && <Problem error={counting.error} onRetry={counting.refetch} />}
      {counting.isPending && <Loading lines={1} height={22} />}
      {count && <Text size="sm">{countText(count.found, count.more, action)}</Text>}
      {doing.error && <Problem error={doing.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Leave them
        </Button>
        <WriteButton
          color={action === "cancel" ? "red" : undefined}
          disabled={!count?.found}
          loading={doing.isPending}
          onClick={() => doing.mutate(count?.up_to ?? undefined)}
        >
          {verb} {count?.found ?? ""}
        </WriteButton>
      </Group>
    </Stack>
  );
}

function useCounting(filter: ExecutionFilter, action: EachCommand) {
  return useQuery({
    queryKey: ["bulk", filter, action],
    queryFn: () => commandAll(filter, { action, dry_run: true }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

function useDoing(filter: ExecutionFilter, action: EachCommand, onDone: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (up_to: string | undefined) => commandAll(filter, { action, dry_run: false, up_to }),
    onSuccess: ({ done, refused, left }) => {
      noteAction();
      onDone();
      const text = resultText(
        action,
        done,
        refused.map((each) => each.message),
      );
      notifications.show({ message: left ? `${text} There was no time for ${left}; do it again.` : text });
      for (const key of ["executions", "executionCounts"]) void queries.invalidateQueries({ queryKey: [key] });
    },
  });
}
