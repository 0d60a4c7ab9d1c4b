/** A button that deletes something after a question; a refusal is shown in the question. */

import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { Problem } from "../ui/Problem";
import { WriteButton } from "../ui/WriteButton";
import { useChange } from "./useChange";

interface DeleteButtonProps {
  /** "Delete", "Revoke". */
  verb: string;
  /** The thing with its article: "the hook repo". */
  thing: string;
  remove: () => Promise<unknown>;
  touched: string[];
  onDone: () => void;
  /** What follows from it. */
  children: ReactNode;
}

export function DeleteButton({ verb, thing, remove, touched, onDone, children }: DeleteButtonProps) {
  const [isAsking, ask] = useDisclosure(false);
  const removing = useChange<void>(remove, touched, () => {
    ask.close();
    onDone();
    notifications.show({ message: `${verb === "Revoke" ? "Revoked" : "Deleted"}: ${thing}.` });
  });
  return (
    <>
      <WriteButton variant="default" c="var(--status-failed)" leftSection={<Trash2 size={15} />} onClick={ask.open}>
        {verb}…
      </WriteButton>
      <Modal opened={isAsking} onClose={ask.close} title={`${verb} ${thing}?`} styles={{ title: { fontWeight: 620 } }}>
        <Stack gap="md">
          <Text size="sm" component="div">
            {children}
          </Text>
          {removing.error && <Problem error={removing.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={ask.close} data-autofocus>
              Keep it
            </Button>
            <WriteButton color="red" loading={removing.isPending} onClick={() => removing.mutate()}>
              {verb}
            </WriteButton>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
