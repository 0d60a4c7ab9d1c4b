/** The editor of a graph: palette, canvas, inspector and problems around one draft. */

import { Alert } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { compiledQuery, type Saved } from "../api/definitions";
import { type NodeType, nodeTypesQuery } from "../api/nodeTypes";
import { layOutInWorker } from "../canvas/useLayout";
import { addNode, connect, disconnect, freeId, moveNodes, removeNodes, setData, type Way } from "../graph/document";
import { useShortcut } from "../shell/shortcuts";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { ConflictDialog } from "./ConflictDialog";
import { EditorCanvas, type Selection } from "./EditorCanvas";
import { Inspector } from "./Inspector";
import { Palette } from "./Palette";
import { Problems } from "./Problems";
import { placeOfNew } from "./places";
import { Toolbar } from "./Toolbar";
import type { DraftState } from "./useDraft";
import type { Saving } from "./useSaving";
import "./editor.css";

interface EditorProps {
  saved: Saved;
  draft: DraftState;
  saving: Saving;
}

export default function Editor({ saved, draft, saving }: EditorProps) {
  const { id } = saved.workflow;
  const [settled] = useDebouncedValue(draft.definition, 250, { leading: true });
  const compiled = useQuery(compiledQuery(settled, id));
  const { data: types } = useQuery(nodeTypesQuery());
  const [chosen, setChosen] = useState<string>();
  const [selection, setSelection] = useState<Selection>({ nodes: [], ways: [] });
  const { errors = [], warnings = [], graph } = compiled.data ?? {};
  const faulty = useMemo(() => new Set(errors.flatMap((each) => each.node_id ?? [])), [errors]);
  const select = useCallback((next: Selection) => {
    setSelection((old) => (JSON.stringify(old) === JSON.stringify(next) ? old : next));
  }, []);
  const tidy = () => {
    if (graph) {
      const outline = { nodes: graph.nodes.map((node) => node.id), edges: graph.edges };
      layOutInWorker(outline, (places) => draft.edit(moveNodes(draft.definition, places)));
    }
  };
  const add = (type: NodeType) => {
    const nodeId = freeId(draft.definition, type.type);
    const position = placeOfNew(draft.definition, chosen);
    const added = addNode(draft.definition, { id: nodeId, type: type.type, data: {}, position });
    draft.edit(chosen ? connectIfFree(added, chosen, nodeId) : added);
    setChosen(nodeId);
  };
  useKeys({ draft, selection, onSave: saving.save, onTidy: tidy });
  if (compiled.error && !compiled.data) return <Problem error={compiled.error} onRetry={compiled.refetch} />;
  if (!types || !compiled.data) return <Loading lines={5} height={80} />;
  const node = draft.definition.graph.nodes.find((each) => each.id === chosen);
  return (
    <div className="editor">
      <Toolbar draft={draft} errors={errors.length} isSaving={saving.isSaving} onSave={saving.save} onTidy={tidy} />
      {saving.error && <Problem error={saving.error} />}
      {saved.etag !== draft.base.etag && !saving.isSaving && (
        <Alert color="yellow">
          Version {saved.workflow.version} was saved by somebody else. Save yours to see both and combine them.
        </Alert>
      )}
      <div className="editor-main">
        <Palette types={types} onAdd={add} />
        <div className="panel editor-canvas">
          {graph && (
            <EditorCanvas
              graph={graph}
              types={types}
              faulty={faulty}
              selected={chosen}
              onSelect={select}
              onChoose={setChosen}
              onMove={(places) => draft.edit(moveNodes(draft.definition, places))}
              onConnect={(way) => draft.edit(connect(draft.definition, way))}
            />
          )}
        </div>
        {node && graph && (
          <Inspector
            node={node}
            graph={graph}
            type={types.get(node.type ?? "")}
            problems={[...errors, ...warnings]}
            onData={(data) => draft.edit(setData(draft.definition, node.id, data), isTypingInto(node.id))}
            onConnect={(way) => draft.edit(connect(draft.definition, way))}
            onDisconnect={(way) => draft.edit(disconnect(draft.definition, way))}
            onRemove={() => {
              draft.edit(removeNodes(draft.definition, new Set([node.id])));
              setChosen(undefined);
            }}
          />
        )}
      </div>
      <Problems errors={errors} warnings={warnings} onSelect={setChosen} />
      <ConflictDialog
        theirs={saving.theirs}
        base={draft.base}
        mine={draft.definition}
        onClose={saving.closeConflict}
        onChoose={(base, definition) => {
          draft.rebase(base, definition);
          saving.closeConflict();
        }}
      />
    </div>
  );
}

/** Connect a new node behind the chosen one where that leads nowhere yet. */
function connectIfFree(definition: Parameters<typeof connect>[0], source: string, target: string) {
  const isFree = !definition.graph.edges.some((edge) => edge.source === source);
  return isFree ? connect(definition, { source, target, handle: "" }) : definition;
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

interface Keys {
  draft: DraftState;
  selection: Selection;
  onSave: () => void;
  onTidy: () => void;
}

function useKeys({ draft, selection, onSave, onTidy }: Keys): void {
  const remove = () => {
    const without = selection.ways.reduce<typeof draft.definition>(
      (left, way: Way) => disconnect(left, way),
      draft.definition,
    );
    const left = selection.nodes.length ? removeNodes(without, new Set(selection.nodes)) : without;
    if (left !== draft.definition) draft.edit(left);
  };
  useShortcut("Delete", "Delete what is selected", remove, "Editor");
  useShortcut("Backspace", "Delete what is selected", remove, "Editor");
  useShortcut("Ctrl+z", "Undo", draft.undo, "Editor");
  useShortcut("Ctrl+y", "Redo", draft.redo, "Editor");
  useShortcut("Ctrl+Shift+z", "Redo", draft.redo, "Editor");
  useShortcut("Shift+f", "Tidy the graph", onTidy, "Editor");
  useShortcut("Ctrl+s", "Save", () => draft.isDirty && onSave(), "Editor");
}
