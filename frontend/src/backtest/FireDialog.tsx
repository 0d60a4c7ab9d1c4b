/** Starting a workflow for events of the past: first a count that starts nothing, then a confirmation by the number. */

import { Button, Group, Modal, NativeSelect, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Zap } from "lucide-react";
import { useState } from "react";
import { type Backtest, type EventSet, fire, firePreviewQuery } from "../api/backtests";
import { noteAction } from "../api/live";
import { useMay } from "../api/me";
import { Loading } from "../ui/Loading";
import { Notice } from "../ui/Notice";
import { NumberField } from "../ui/NumberField";
import { Problem } from "../ui/Problem";
import { WriteButton } from "../ui/WriteButton";
import { Fired } from "./Fired";
import { setsOf } from "./sets";
import { countText } from "./summary";

/** How fast executions are started; an empty one starts all at once. */
const PACES = [
  { value: "10/s", label: "10 a second" },
  { value: "1/s", label: "1 a second" },
  { value: "30/m", label: "30 a minute" },
  { value: "100/h", label: "100 an hour" },
  { value: "", label: "All at once" },
];

export function FireButton({ backtest }: { backtest: Backtest }) {
  const [isOpen, dialog] = useDisclosure(false);
  const may = useMay();
  const isPossible = setsOf(true).some((set) => backtest.counts[set.value] > 0);
  if (!may("executions:write") || !isPossible) return null;
  return (
    <>
      <Button size="xs" leftSection={<Zap size={14} />} onClick={dialog.open}>
        Start what was missed…
      </Button>
      <Modal opened={isOpen} onClose={dialog.close} title="Start the workflow for these events" size="lg">
        {isOpen && <FireForm backtest={backtest} />}
      </Modal>
    </>
  );
}

function FireForm({ backtest }: { backtest: Backtest }) {
  const sets = setsOf(backtest.compare_to !== null).filter((set) => backtest.counts[set.value] > 0);
  const [set, setSet] = useState<EventSet>(sets[0]?.value ?? "new");
  const [limit, setLimit] = useState<number | string>(100);
  const [pace, setPace] = useState("10/s");
  const [typed, setTyped] = useState("");
  const [settled] = useDebouncedValue(Number(limit) || 1, 300);
  const preview = useQuery(firePreviewQuery(backtest.id, { set, limit: settled }));
  const queries = useQueryClient();
  const firing = useMutation({
    mutationFn: () => fire(backtest.id, { set, limit: settled, pace: pace || null }),
    onSuccess: () => {
      noteAction();
      return queries.invalidateQueries({ queryKey: ["executions"] });
    },
  });
  if (firing.data) return <Fired answer={firing.data} />;
  const count = preview.data?.would_start ?? 0;
  const isSettled = settled === Number(limit) && !preview.isFetching;
  return (
    <Stack gap="md">
      <Text size="sm">
        The workflow runs for real, with its newest version, through its limits, as if the events came now. Each event
        is given to a workflow only once, ever.
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="md">
        <NativeSelect
          label="Events"
          data={sets.map(({ value, label }) => ({
            value,
            label: `${label} (${backtest.counts[value].toLocaleString()})`,
          }))}
          value={set}
          onChange={(event) => setSet(event.currentTarget.value as EventSet)}
        />
        <NumberField label="At most" max={1000} value={limit} onChange={setLimit} />
        <NativeSelect label="Pace" data={PACES} value={pace} onChange={(event) => setPace(event.currentTarget.value)} />
      </SimpleGrid>
      {preview.error && <Problem error={preview.error} onRetry={preview.refetch} />}
      {preview.isPending && !preview.error && <Loading lines={1} />}
      {preview.data && (
        <Notice isLive tone={count ? "warning" : "quiet"} title={`${countText(count, "event")} would be given to it`}>
          {preview.data.skipped > 0
            ? `${countText(preview.data.skipped, "event")} of the set had been given to it already; they are left out.`
            : "None of them was given to it before."}
        </Notice>
      )}
      {firing.error && <Problem error={firing.error} />}
      {count > 0 && (
        <TextInput
          label={`Type ${count} to confirm`}
          inputMode="numeric"
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      <Group justify="flex-end">
        <WriteButton
          disabled={!isSettled || count === 0 || typed.trim() !== String(count)}
          loading={firing.isPending}
          onClick={() => firing.mutate()}
        >
          Start {count > 0 ? countText(count, "execution") : ""}
        </WriteButton>
      </Group>
    </Stack>
  );
}
