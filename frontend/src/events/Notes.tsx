/** Probable mistakes in a rule or an event. */

import { Alert, Stack, Text } from "@mantine/core";
import { Lightbulb } from "lucide-react";
import type { UnseenRead, WhyNoteRead } from "../client/types.gen";
import { Words } from "../ui/Words";

export function Notes({ notes, unseen }: { notes: WhyNoteRead[]; unseen: UnseenRead[] }) {
  if (notes.length + unseen.length === 0) return null;
  return (
    <Alert color="yellow" icon={<Lightbulb size={18} />} title="Worth a look">
      <Stack gap={4}>
        {notes.map((note) => (
          <Text key={note.code + note.pointer} size="sm">
            <Words text={note.message} />
          </Text>
        ))}
        {unseen.map((each) => (
          <Text key={each.pointer} size="sm">
            <Words text={each.message} />
          </Text>
        ))}
      </Stack>
    </Alert>
  );
}
