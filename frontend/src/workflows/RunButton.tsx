/** Run: start a workflow by hand with a payload, or send an event. */

import { Button, Drawer, Menu } from "@mantine/core";
import { ChevronDown, Play, Send } from "lucide-react";
import { useState } from "react";
import type { WorkflowRead } from "../client/types.gen";
import { SendEvent } from "../events/SendEvent";
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
