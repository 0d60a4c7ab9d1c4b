/** The question before an edge is drawn from a case that leads elsewhere by its `next`, which would win. */

import { Button, Group, Modal, Text } from "@mantine/core";
import type { Way } from "../graph/document";

interface ReplaceNextProps {
  way: Way;
  /** Where the case leads now. */
  next: string;
  onReplace: () => void;
  onClose: () => void;
}

export function ReplaceNext({ way, next, onReplace, onClose }: ReplaceNextProps) {
  return (
    <Modal opened onClose={onClose} title={`This case already says next: ${next}`}>
      <Text size="sm" mb="md">
        The case {way.handle} of {way.source} goes to its next, whatever edges leave it. Replace it with {way.target}?
      </Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Keep {next}
        </Button>
        <Button onClick={onReplace} data-autofocus>
          Replace it
        </Button>
      </Group>
    </Modal>
  );
}
