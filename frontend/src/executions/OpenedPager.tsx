/** Below the bars of a node that is opened: which of its steps are shown, and the pages before and after them. */

import { ActionIcon, Button, Text } from "@mantine/core";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useEffect, useRef } from "react";
import type { OpenedNode } from "./useOpenedNode";

interface OpenedPagerProps {
  opened: OpenedNode;
  /** All steps of the node. */
  count: number;
  onZoom: () => void;
}

export function OpenedPager({ opened, count, onZoom }: OpenedPagerProps) {
  const shown = useRef(opened.first);
  // Another page is of another time, which may not be in sight.
  useEffect(() => {
    if (shown.current !== opened.first) onZoom();
    shown.current = opened.first;
  }, [opened.first, onZoom]);
  const last = opened.first + opened.steps.length - 1;
  return (
    <div className="opened-pager">
      <ActionIcon
        size="xs"
        variant="default"
        aria-label="Steps before"
        disabled={!opened.before}
        onClick={() => opened.before?.()}
      >
        <ChevronLeft size={13} />
      </ActionIcon>
      <Text size="xs" role="status">
        {opened.first.toLocaleString("en")}–{last.toLocaleString("en")} of {count.toLocaleString("en")}
      </Text>
      <ActionIcon
        size="xs"
        variant="default"
        aria-label="Steps after"
        disabled={!opened.next}
        onClick={() => opened.next?.()}
      >
        <ChevronRight size={13} />
      </ActionIcon>
      <Button size="compact-xs" variant="subtle" onClick={onZoom}>
        Zoom to these
      </Button>
    </div>
  );
}
