/** Grey lines in the shape of what is being loaded; shown after a moment, so that fast answers do not flicker. */

import { Skeleton, Stack } from "@mantine/core";
import { useEffect, useState } from "react";

/** Milliseconds before anything is shown. */
const PATIENCE = 150;

export function Loading({ lines = 6, height = 40 }: { lines?: number; height?: number }) {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), PATIENCE);
    return () => clearTimeout(timer);
  }, []);
  const keys = Array.from({ length: lines }, (_, line) => line);
  return (
    <Stack gap="xs" role="status" aria-label="Loading" style={{ visibility: isShown ? "visible" : "hidden" }}>
      {keys.map((key) => (
        <Skeleton key={key} height={height} radius="md" />
      ))}
    </Stack>
  );
}
