/** Makes an earlier version the current one again, after a question. */

import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Saved, savedQuery } from "../api/definitions";
import { noteAction } from "../api/live";
import { makeCurrent } from "../api/versions";
import { Problem } from "../ui/Problem";
import { WriteButton } from "../ui/WriteButton";

interface RestoreButtonProps {
  version: number;
  saved: Saved;
  /** True: the button says which version it is about. */
  isNamed?: boolean;
}

export function RestoreButton({ version, saved, isNamed }: RestoreButtonProps) {
  const [isAsking, ask] = useDisclosure(false);
  const { id, name, version: newest } = saved.workflow;
  const queries = useQueryClient();
  const restoring = useMutation({
    mutationFn: () => makeCurrent(id, version, saved.etag),
    onSuccess: (next) => {
      noteAction();
      ask.close();
      queries.setQueryData(savedQuery(id).queryKey, next);
      notifications.show({ message: `Version ${version} was saved again as version ${next.workflow.version}.` });
    },
    onSettled: () => {
      for (const key of ["versions", "workflow", "workflows"]) void queries.invalidateQueries({ queryKey: [key] });
    },
  });
  return (
    <>
      <Button size="compact-xs" variant="default" onClick={ask.open}>
        {isNamed ? `Make version ${version} the current one` : "Make this the current version"}
      </Button>
      <Modal opened={isAsking} onClose={ask.close} title={`Make version ${version} the current one?`}>
        <Stack gap="md">
          <Text size="sm">
            The definition of version {version} of <bdi>{name}</bdi> is saved again, as version {newest + 1}. Its
            trigger and its settings stay as they are now, and executions that run keep the version that they have.
          </Text>
          {restoring.error && <Problem error={restoring.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={ask.close} data-autofocus>
              Keep version {newest}
            </Button>
            <WriteButton loading={restoring.isPending} onClick={() => restoring.mutate()}>
              Save version {version} again
            </WriteButton>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
