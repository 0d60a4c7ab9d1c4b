/** What a fork changes: the input of its step, the payload, parameters of nodes, and the version that it runs. */

import { Tabs, Text } from "@mantine/core";
import type { WholeExecution } from "../api/executions";
import { useMay } from "../api/me";
import type { WholeStep } from "../api/steps";
import { Notice } from "../ui/Notice";
import type { Edits } from "./changes";
import { EditedJson } from "./EditedJson";
import { NodeParameters } from "./NodeParameters";
import type { ForkGraphs } from "./useForkGraph";
import { VersionChoice } from "./VersionChoice";

interface ForkChangesProps {
  execution: WholeExecution;
  step: WholeStep | undefined;
  edits: Edits;
  onEdit: (edits: Edits) => void;
  errors: Record<string, string>;
  graphs: ForkGraphs;
}

export function ForkChanges({ execution, step, edits, onEdit, errors, graphs }: ForkChangesProps) {
  const may = useMay();
  const { input, payload, data, version, graph } = edits;
  const isOther = graph !== undefined || (version !== undefined && version !== execution.version);
  const mayEdit = may("workflows:write");
  return (
    <Tabs defaultValue="payload" keepMounted={false}>
      <Tabs.List aria-label="What is changed">
        <Tabs.Tab value="input">Input{mark(input !== undefined)}</Tabs.Tab>
        <Tabs.Tab value="payload">Payload{mark(payload !== undefined)}</Tabs.Tab>
        <Tabs.Tab value="parameters">Parameters{mark(Object.keys(data).length > 0)}</Tabs.Tab>
        <Tabs.Tab value="version">Version{mark(isOther)}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="input" pt="sm">
        <EditedJson
          label="Input of the step"
          description="In place of what the graph gives it; unchanged, it is computed again."
          original={step?.input}
          text={input}
          error={errors.input}
          onChange={(text) => onEdit({ ...edits, input: text })}
        />
      </Tabs.Panel>
      <Tabs.Panel value="payload" pt="sm">
        <EditedJson
          label="Payload of the fork"
          original={execution.context}
          text={payload}
          error={errors.payload}
          onChange={(text) => onEdit({ ...edits, payload: text })}
        />
      </Tabs.Panel>
      <Tabs.Panel value="parameters" pt="sm">
        {mayEdit ? (
          <NodeParameters step={step} edits={edits} onEdit={onEdit} errors={errors} graph={graphs.original} />
        ) : (
          <NeedsScope />
        )}
      </Tabs.Panel>
      <Tabs.Panel value="version" pt="sm">
        <VersionChoice
          execution={execution}
          edits={edits}
          onEdit={onEdit}
          error={errors.graph}
          graphs={graphs}
          mayEdit={mayEdit}
        />
      </Tabs.Panel>
    </Tabs>
  );
}

function mark(isChanged: boolean): string {
  return isChanged ? " (changed)" : "";
}

function NeedsScope() {
  return (
    <Notice tone="quiet">
      <Text size="sm">A fork with a definition of its own needs the scope workflows:write, which your key lacks.</Text>
    </Notice>
  );
}
