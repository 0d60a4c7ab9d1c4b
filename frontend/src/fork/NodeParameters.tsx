/** The parameters of nodes that a fork changes, one node at a time. */

import { Select, Stack } from "@mantine/core";
import { useState } from "react";
import type { WholeStep } from "../api/steps";
import type { GraphRead } from "../client/types.gen";
import { Loading } from "../ui/Loading";
import type { Edits } from "./changes";
import { EditedJson } from "./EditedJson";

interface NodeParametersProps {
  step: WholeStep | undefined;
  edits: Edits;
  onEdit: (edits: Edits) => void;
  errors: Record<string, string>;
  graph: GraphRead | undefined;
}

export function NodeParameters({ step, edits, onEdit, errors, graph }: NodeParametersProps) {
  const [chosen, setChosen] = useState<string>();
  if (!graph) return <Loading lines={2} />;
  const id = chosen ?? Object.keys(edits.data)[0] ?? step?.node_id ?? graph.nodes[0]?.id;
  const node = graph.nodes.find((each) => each.id === id);
  const change = (text: string | undefined) => {
    const { [id ?? ""]: _, ...others } = edits.data;
    onEdit({ ...edits, data: text === undefined || !id ? others : { ...others, [id]: text } });
  };
  return (
    <Stack gap="sm">
      <Select
        label="Node"
        value={id ?? null}
        allowDeselect={false}
        searchable
        limit={100}
        data={graph.nodes.map((each) => ({
          value: each.id,
          label: `${each.title}${each.title === each.id ? "" : ` (${each.id})`}${each.id in edits.data ? ", changed" : ""}`,
        }))}
        onChange={(value) => value && setChosen(value)}
      />
      {node && id && (
        <EditedJson
          key={id}
          label={`Parameters of ${node.title}`}
          description="As they are written, with templates and the keys that every node has."
          original={node.data}
          text={edits.data[id]}
          error={errors[`data.${id}`]}
          onChange={change}
        />
      )}
    </Stack>
  );
}
