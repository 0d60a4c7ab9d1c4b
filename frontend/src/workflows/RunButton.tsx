/** Run: start a workflow by hand with a payload or with its last event, or send an event. */

import { Button, Drawer, Menu, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ChevronDown, Play, RotateCcw, Send } from "lucide-react";
import { useState } from "react";
import { type LastEvent, lastEventQuery, startWith } from "../api/lastEvent";
import { noteAction } from "../api/live";
import { messageOf } from "../api/problems";
import type { WorkflowRead } from "../client/types.gen";
import { SendEvent } from "../events/SendEvent";
import { Time } from "../ui/Time";
import { RunForm } from "./RunForm";

export function RunButton({ workflow }: { workflow: WorkflowRead }) {
  const [open, setOpen] = useState<"payload" | "event">();
  const close = () => setOpen(undefined);
  return (
    <>
      <Button.Group>
        <Button size="xs" leftSection={<Play size={14} />} onClick={() => setOpen("payload")}>
          Run
        </Button>
        <Menu position="bottom-end">
          <Menu.Target>
            <Button size="xs" px={7} aria-label="More ways to run it">
              <ChevronDown size={15} />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<Play size={14} />} onClick={() => setOpen("payload")}>
              With payload…
            </Menu.Item>
            <Menu.Item leftSection={<Send size={14} />} onClick={() => setOpen("event")}>
              With an event…
            </Menu.Item>
            <LastEventItem workflow={workflow} />
          </Menu.Dropdown>
        </Menu>
      </Button.Group>
      <Drawer opened={open === "payload"} onClose={close} position="right" size="lg" title="Run this workflow">
        {open === "payload" && <RunForm workflow={workflow} />}
      </Drawer>
      <SendEvent isOpen={open === "event"} onClose={close} />
    </>
  );
}

/** Starts this workflow with the payload of the newest event that started it. Asked for when the menu opens. */
function LastEventItem({ workflow }: { workflow: WorkflowRead }) {
  const { data: last } = useQuery(lastEventQuery(workflow.id));
  const queries = useQueryClient();
  const navigate = useNavigate();
  const starting = useMutation({
    mutationFn: ({ payload }: LastEvent) => startWith(workflow.id, payload),
    onSuccess: ({ id }) => {
      noteAction();
      void queries.invalidateQueries({ queryKey: ["executions"] });
      return navigate({ to: "/executions/$executionId", params: { executionId: id } });
    },
    onError: (error) => notifications.show({ color: "red", title: "Not started", message: messageOf(error) }),
  });
  return (
    <Menu.Item
      leftSection={<RotateCcw size={14} />}
      disabled={!last || starting.isPending}
      onClick={() => last && starting.mutate(last)}
    >
      Last event again
      <Text size="xs" className="quiet">
        {last === null ? "No event has started it lately" : last && <Time at={last.receivedAt} />}
      </Text>
    </Menu.Item>
  );
}
