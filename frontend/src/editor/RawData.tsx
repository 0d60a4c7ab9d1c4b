/** All data of a node as JSON: the way to keys that no form has. */

import { Button, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import { readJson, writeJson } from "../graph/exact";

interface RawDataProps {
  data: Record<string, unknown>;
  onData: (data: Record<string, unknown>) => void;
}

export function RawData({ data, onData }: RawDataProps) {
  const [text, setText] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const apply = () => {
    try {
      const value = readJson(text ?? "");
      if (!value || typeof value !== "object" || Array.isArray(value)) throw new SyntaxError("data is a JSON object");
      onData(value as Record<string, unknown>);
      setText(null);
      setError(null);
    } catch (problem) {
      setError(`The data are unchanged: ${problem instanceof Error ? problem.message : String(problem)}`);
    }
  };
  return (
    <Stack gap="xs">
      <Textarea
        aria-label="Data as JSON"
        autosize
        minRows={4}
        maxRows={24}
        spellCheck={false}
        error={error}
        value={text ?? writeJson(data, 2)}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.8125rem" } }}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button size="xs" variant="default" disabled={text === null} onClick={apply}>
        Apply
      </Button>
    </Stack>
  );
}
