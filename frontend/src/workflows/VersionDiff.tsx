/** Two versions of a workflow: their graphs as one, what differs in words, and their texts. */

import { Group, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Saved, versionGraphQuery } from "../api/definitions";
import { useMay } from "../api/me";
import { versionQuery } from "../api/versions";
import { diffGraphs } from "../graph/diff";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { GraphDiff } from "./GraphDiff";
import { Lines } from "./Lines";
import { diffText } from "./lineDiff";
import { RestoreButton } from "./RestoreButton";

interface VersionDiffProps {
  saved: Saved;
  before: number;
  after: number;
}

type Part = "definition" | "trigger" | "settings";

export function VersionDiff({ saved, before, after }: VersionDiffProps) {
  const may = useMay();
  const { id: workflowId, version: newest } = saved.workflow;
  const graphs = [
    useQuery(versionGraphQuery(workflowId, before)),
    useQuery(versionGraphQuery(workflowId, after)),
  ] as const;
  const error = graphs[0].error ?? graphs[1].error;
  const [old, now] = [graphs[0].data, graphs[1].data];
  return (
    <section aria-label={`Versions ${before} and ${after}`}>
      <Group justify="space-between" mb="xs">
        <Title order={2}>
          Version {before} → {after}
        </Title>
        {/* Beside what it would change: on a phone the list has no room for it. */}
        {before !== newest && may("workflows:write") && <RestoreButton version={before} saved={saved} isNamed />}
      </Group>
      <div className="version-diff">
        <Stack gap="sm" style={{ minWidth: 0 }}>
          {error && <Problem error={error} />}
          {!error && !(old && now) && <Loading lines={2} height={120} />}
          {old && now && <GraphDiff diff={diffGraphs(old, now)} />}
        </Stack>
        <Texts workflowId={workflowId} before={before} after={after} />
      </div>
    </section>
  );
}

function Texts({ workflowId, before, after }: { workflowId: string; before: number; after: number }) {
  const [part, setPart] = useState<Part>("definition");
  const a = useQuery(versionQuery(workflowId, before));
  const b = useQuery(versionQuery(workflowId, after));
  const error = a.error ?? b.error;
  if (error) return <Problem error={error} />;
  if (!a.data || !b.data) return <Loading lines={3} height={60} />;
  const [from, to] = [textOf(a.data, part), textOf(b.data, part)];
  const lines = from === to ? [] : diffText(from, to);
  return (
    <Stack gap="sm" style={{ minWidth: 0 }}>
      <Group>
        <SegmentedControl<Part>
          size="xs"
          aria-label="What to compare"
          value={part}
          onChange={setPart}
          data={[
            { value: "definition", label: "Definition" },
            { value: "trigger", label: "Trigger" },
            { value: "settings", label: "Settings" },
          ]}
        />
      </Group>
      {lines?.length === 0 && (
        <Text size="sm" className="quiet">
          Both are the same here.
        </Text>
      )}
      {lines.length > 0 && <Lines lines={lines} label={`Differences of the ${part}`} />}
    </Stack>
  );
}

function textOf(version: { text: string; trigger: unknown; flow?: unknown }, part: Part): string {
  if (part === "definition") return version.text;
  return JSON.stringify((part === "trigger" ? version.trigger : version.flow) ?? null, null, 2);
}
