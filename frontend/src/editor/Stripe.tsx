/** One line above the canvas: a text that cannot be read, or a workflow whose graph is made from its text. */

import { Button, Group } from "@mantine/core";
import { Notice } from "../ui/Notice";
import type { TextState } from "./useText";

const WRITTEN: Record<string, string> = {
  tasks: "tasks in YAML",
  dag: "a DAG",
  steps: "steps",
};

export function Stripe({ text: { fault, restore }, kind }: { text: TextState; kind: string }) {
  if (fault) {
    const place = fault.line === null ? "an error" : `an error at line ${fault.line}`;
    return (
      <Notice tone="warning" isLive>
        <Group gap="sm">
          <span>
            The text has {place}; the graph shows the last good state, and cannot be edited until then. {fault.message}
          </span>
          <Button size="compact-xs" variant="default" onClick={restore}>
            Back to the last good text
          </Button>
        </Group>
      </Notice>
    );
  }
  if (!WRITTEN[kind]) return null;
  return (
    <Notice tone="quiet">
      This workflow is written as {WRITTEN[kind]}, and the graph is made from it: open a box to edit its data; what
      follows what is changed in the text.
    </Notice>
  );
}
