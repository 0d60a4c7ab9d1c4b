/** The button and the dialog that fork an execution from one of its steps. */

import { Button, Modal } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { GitFork } from "lucide-react";
import { lazy, Suspense } from "react";
import type { WholeExecution } from "../api/executions";
import { useMay } from "../api/me";
import { Loading } from "../ui/Loading";
import "./fork.css";

const ForkForm = lazy(() => import("./ForkForm").then((file) => ({ default: file.ForkForm })));

interface ForkButtonProps {
  execution: WholeExecution;
  /** The step to begin with; else the first that failed, else the last one. */
  stepId?: string;
}

export function ForkButton({ execution, stepId }: ForkButtonProps) {
  const [isOpen, dialog] = useDisclosure(false);
  const may = useMay();
  if (!may("executions:write") || execution.test) return null;
  return (
    <>
      <Button size="xs" variant="default" leftSection={<GitFork size={14} />} onClick={dialog.open}>
        {stepId ? "Fork from here…" : "Fork…"}
      </Button>
      <Modal opened={isOpen} onClose={dialog.close} title="Fork this execution" size="xl">
        {isOpen && (
          <Suspense fallback={<Loading />}>
            <ForkForm execution={execution} stepId={stepId} onDone={dialog.close} />
          </Suspense>
        )}
      </Modal>
    </>
  );
}
