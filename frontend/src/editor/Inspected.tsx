/** What is chosen on the graph, in the inspector: a node, or an edge. */

import type { NodeType } from "../api/nodeTypes";
import type { GraphRead, ProblemRead } from "../client/types.gen";
import type { Way } from "../graph/document";
import type { Language } from "../graph/language";
import { EdgePanel } from "./EdgePanel";
import { InspectorFrame } from "./InspectorFrame";
import { NodePanel } from "./NodePanel";
import type { DraftState } from "./useDraft";
import type { GraphEdits } from "./useGraphEdits";

interface InspectedProps {
  workflowId: string;
  kind: string;
  draft: DraftState;
  language: Language;
  graph: GraphRead;
  types: Map<string, NodeType>;
  node: string | undefined;
  edge: Way | undefined;
  problems: ProblemRead[];
  isOff: boolean;
  isOver: boolean;
  edits: GraphEdits;
  onNode: (id: string | undefined) => void;
  onEdge: (way: Way | undefined) => void;
}

export function Inspected({ node, edge, isOver, edits, onNode, onEdge, ...props }: InspectedProps) {
  const { kind, draft, graph, types, isOff } = props;
  if (node === undefined && (edge === undefined || kind !== "graph")) return null;
  return (
    <InspectorFrame isOver={isOver}>
      {node !== undefined && (
        <NodePanel key={node} {...props} id={node} onConnect={edits.onConnect} onChoose={onNode} />
      )}
      {node === undefined && edge && (
        <EdgePanel
          definition={draft.definition}
          graph={graph}
          types={types}
          way={edge}
          isOff={isOff}
          onEdit={draft.edit}
          onChoose={onEdge}
          onWish={edits.onWish}
        />
      )}
    </InspectorFrame>
  );
}
