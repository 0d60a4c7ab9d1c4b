/** The chosen node of the draft in the inspector: what is changed there becomes an edit. */

import { useState } from "react";
import type { NodeType } from "../api/nodeTypes";
import type { GraphRead, ProblemRead } from "../client/types.gen";
import { TemplateContext } from "../forms/templates";
import { type Definition, removeNodes, type Way } from "../graph/document";
import { isDrawing } from "../graph/drawings";
import { disconnect } from "../graph/edges";
import type { Language } from "../graph/language";
import { Inspector } from "./Inspector";
import { openDrawn, openWritten } from "./openedNode";
import { RenameDialog } from "./RenameDialog";
import type { DraftState } from "./useDraft";
import { useTemplates } from "./useTemplates";

interface NodePanelProps {
  workflowId: string;
  draft: DraftState;
  kind: string;
  language: Language;
  graph: GraphRead;
  types: Map<string, NodeType>;
  id: string;
  problems: ProblemRead[];
  /** True: nothing can be changed now. */
  isOff: boolean;
  onConnect: (way: Way) => void;
  onChoose: (id: string | undefined) => void;
}

export function NodePanel(props: NodePanelProps) {
  const { workflowId, draft, kind, language, graph, types, id, problems, isOff, onConnect, onChoose } = props;
  const { definition } = draft;
  const help = useTemplates(workflowId, graph, types, id);
  const [isRenaming, setRenaming] = useState(false);
  const isDrawn = kind === "graph";
  const node = isDrawn ? openDrawn(definition, id) : openWritten(definition, language, graph, id);
  if (!node) return null;
  const edit = (change: (definition: Definition) => Definition) => draft.edit(change(definition));
  return (
    <fieldset disabled={isOff} className="plain-fieldset">
      <TemplateContext value={help}>
        <Inspector
          node={node}
          kind={kind}
          workflowId={workflowId}
          version={draft.base.version}
          graph={graph}
          type={types.get(node.type)}
          isDrawing={isDrawn && isDrawing(node)}
          problems={problems}
          onClose={() => onChoose(undefined)}
          onEdit={(next) => draft.edit(next, isTypingInto(id))}
          ways={
            isDrawn
              ? {
                  onConnect,
                  onDisconnect: (way) => edit((now) => disconnect(now, way)),
                  onRename: () => setRenaming(true),
                  onRemove: () => {
                    edit((now) => removeNodes(now, new Set([id])));
                    onChoose(undefined);
                  },
                }
              : undefined
          }
        />
      </TemplateContext>
      {isRenaming && (
        <RenameDialog
          definition={definition}
          id={id}
          onClose={() => setRenaming(false)}
          onRename={(next, renamed) => {
            draft.edit(renamed);
            setRenaming(false);
            onChoose(next);
          }}
        />
      )}
    </fieldset>
  );
}

let typed = { field: "", at: 0 };

/** True while letters follow each other in one field: they are undone together. */
function isTypingInto(nodeId: string): boolean {
  const label = document.activeElement?.id ?? "";
  const field = `${nodeId} ${label}`;
  const joins = typed.field === field && Date.now() - typed.at < 700;
  typed = { field, at: Date.now() };
  return joins;
}
