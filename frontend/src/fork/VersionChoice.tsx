/** Which version a fork runs: the same, the newest, or a graph of its own. */

import { Group, Radio, Stack, Text } from "@mantine/core";
import type { WholeExecution } from "../api/executions";
import { Diff } from "../ui/Diff";
import { jsonText } from "../ui/jsonText";
import type { Edits } from "./changes";
import { comparable } from "./document";
import { EditedJson } from "./EditedJson";
import type { ForkGraphs } from "./useForkGraph";

interface VersionChoiceProps {
  execution: WholeExecution;
  edits: Edits;
  onEdit: (edits: Edits) => void;
  error: string | undefined;
  graphs: ForkGraphs;
  /** True where a graph of its own is allowed. */
  mayEdit: boolean;
}

export function VersionChoice({ execution, edits, onEdit, error, graphs, mayEdit }: VersionChoiceProps) {
  const { newest, original, shown, document } = graphs;
  const chosen =
    edits.graph !== undefined ? "graph" : edits.version === newest && newest !== undefined ? "newest" : "same";
  const isNewer = newest !== undefined && newest !== execution.version;
  const choose = (value: string) =>
    onEdit({
      ...edits,
      version: value === "newest" ? newest : undefined,
      graph: value === "graph" ? (edits.graph ?? jsonText(document)) : undefined,
    });
  return (
    <Stack gap="sm">
      <Radio.Group
        label="Version that the fork runs"
        value={chosen === "newest" && !isNewer ? "same" : chosen}
        onChange={choose}
      >
        <Group mt={6} gap="lg">
          <Radio value="same" label={`The same, v${execution.version}`} />
          {isNewer && <Radio value="newest" label={`The current one, v${newest}`} />}
          {document !== undefined && mayEdit && <Radio value="graph" label="A graph of its own" />}
        </Group>
      </Radio.Group>
      {!isNewer && newest !== undefined && (
        <Text size="xs" className="quiet">
          No other version was saved since.
        </Text>
      )}
      {chosen === "newest" && original && shown && shown !== original && (
        <Diff
          a={comparable(original)}
          b={comparable(shown)}
          label="How the versions differ"
          names={versions(execution, newest)}
        />
      )}
      {chosen === "graph" && (
        <EditedJson
          label="Graph of the fork"
          description="Nodes and edges, as a workflow is saved with them. The workflow itself stays as it is."
          original={document}
          text={edits.graph}
          error={error}
          maxRows={18}
          onChange={(text) => onEdit({ ...edits, graph: text, version: undefined })}
        />
      )}
    </Stack>
  );
}

function versions(execution: WholeExecution, newest: number | undefined): [string, string] {
  return [`v${execution.version}`, `v${newest}`];
}
