/** Deletes a workflow, once its name was typed. */

import { Button, Group, Modal, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { removeWorkflow, type Saved } from "../api/definitions";
import { noteAction } from "../api/live";
import { Problem } from "../ui/Problem";
import { WriteButton } from "../ui/WriteButton";

const STAYS =
  "Its executions, with their steps, results and graphs, stay readable, and so does the history of its triggers. " +
  "Executions that have begun go on to their end. No event starts it any more, and it cannot be brought back.";

export function DeleteWorkflow({ saved }: { saved: Saved }) {
  const [isAsking, ask] = useDisclosure(false);
  return (
    <section className="settings-delete">
      <Title order={2}>Delete this workflow</Title>
      <Text size="sm" className="quiet" my="xs">
        {STAYS}
      </Text>
      <Button variant="default" c="var(--status-failed)" leftSection={<Trash2 size={15} />} onClick={ask.open}>
        Delete…
      </Button>
      <Modal opened={isAsking} onClose={ask.close} title="Delete this workflow?">
        <Question saved={saved} onClose={ask.close} />
      </Modal>
    </section>
  );
}

function Question({ saved, onClose }: { saved: Saved; onClose: () => void }) {
  const { id, name } = saved.workflow;
  const [typed, setTyped] = useState("");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const removing = useMutation({
    mutationFn: () => removeWorkflow(id, saved.etag),
    onSuccess: async () => {
      noteAction();
      await navigate({ to: "/workflows" });
      queries.removeQueries({ queryKey: ["workflow", id] });
      notifications.show({ message: `Deleted: ${name}.` });
      return queries.invalidateQueries({ queryKey: ["workflows"] });
    },
  });
  return (
    <Stack gap="md">
      <Text size="sm">{STAYS}</Text>
      <TextInput
        data-autofocus
        label={
          <>
            Type its name to delete it: <bdi>{name}</bdi>
          </>
        }
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {removing.error && <Problem error={removing.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Keep it
        </Button>
        <WriteButton
          color="red"
          disabled={typed.trim() !== name.trim()}
          loading={removing.isPending}
          onClick={() => removing.mutate()}
        >
          Delete
        </WriteButton>
      </Group>
    </Stack>
  );
}
