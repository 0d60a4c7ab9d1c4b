/** The editor of a workflow: palette, canvas, text, inspector and problems around one draft. */

import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from "react";
import type { Saved } from "../api/definitions";
import { nodeTypesQuery } from "../api/nodeTypes";
import type { ProblemRead } from "../client/types.gen";
import { moveNodes, type Way } from "../graph/document";
import type { Language } from "../graph/language";
import { inRunOrder, neighbourOf } from "../graph/order";
import type { Point } from "../graph/size";
import { useTestSearch } from "../testRun/useTestSearch";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { EditorCanvas, type Selection } from "./EditorCanvas";
import { Inspected } from "./Inspected";
import { LargeGraph } from "./LargeGraph";
import { Problems } from "./Problems";
import { SaveNotices } from "./SaveNotices";
import { Side } from "./Side";
import { Stripe } from "./Stripe";
import { type Target, TextPane } from "./TextPane";
import { Toolbar } from "./Toolbar";
import { useClipboard } from "./useClipboard";
import { useCompiled } from "./useCompiled";
import type { DraftState } from "./useDraft";
import type { Overlay } from "./useDrawn";
import { useGraphEdits } from "./useGraphEdits";
import { useKept } from "./useKept";
import { useKeys } from "./useKeys";
import type { Saving } from "./useSaving";
import type { TextState } from "./useText";
import { useView } from "./useView";
import "./editor.css";

const TestPanel = lazy(() => import("../testRun/TestPanel"));
/** Nodes from which on a graph is shown as a list. */
const LARGE = 3000;

interface EditorProps {
  saved: Saved;
  language: Language;
  draft: DraftState;
  text: TextState;
  saving: Saving;
}

export default function Editor({ saved, language, draft, text, saving }: EditorProps) {
  const { id, kind } = saved.workflow;
  const [wanted, setView] = useView();
  const [isDrawnAnyway, drawAnyway] = useDisclosure(false);
  const compiled = useCompiled(id, kind, draft.definition);
  const { graph, errors, warnings } = compiled;
  const isLarge = !isDrawnAnyway && (graph?.nodes.length ?? 0) >= LARGE;
  const view = isLarge && wanted === "graph" ? "both" : wanted;
  const hasSide = view === "graph" && kind === "graph";
  const { data: types } = useQuery(nodeTypesQuery());
  const test = useTestSearch();
  const [overlay, setOverlay] = useState<Overlay>();
  const [chosen, setChosen] = useState(test.node);
  const [edge, setEdge] = useState<Way>();
  const [target, setTarget] = useState<Target | null>(null);
  const [selection, setSelection] = useState<Selection>({ nodes: [], ways: [] });
  const [isFolded, setFolded] = useKept("palette-folded", false);
  const isNarrow = useMediaQuery("(max-width: 1279px)", undefined, { getInitialValueInEffect: false });
  const [picked, setPicked] = useState<string[]>();
  const pointer = useRef<() => Point | undefined>(() => undefined);
  const faulty = useMemo(() => new Set(errors.flatMap((each) => each.node_id ?? [])), [errors]);
  const select = useCallback((next: Selection) => {
    setSelection((old) => (JSON.stringify(old) === JSON.stringify(next) ? old : next));
    if (next.nodes.length > 0 || next.ways.length !== 1) return;
    setEdge(next.ways[0]);
    setChosen(undefined);
  }, []);
  const isUnread = text.fault !== null;
  const isFixed = kind !== "graph" || isUnread;
  const edits = useGraphEdits({ draft, graph, types, chosen, selected: selection.nodes, onChoose: setChosen });
  const choose = (nodeId: string | undefined) => {
    setChosen(nodeId);
    setEdge(undefined);
    const pointer = graph?.nodes.find((node) => node.id === nodeId)?.pointer;
    if (pointer) setTarget({ pointer, focus: false });
  };
  const showProblem = ({ node_id, pointer }: ProblemRead) => {
    if (node_id) setChosen(node_id);
    if (pointer != null) setTarget({ pointer, focus: true });
  };
  const onDuplicate = useClipboard({
    draft,
    selected: view === "text" ? [] : selection.nodes,
    fault: kind !== "graph" ? "This graph is made from its text; change it there." : text.fault?.message,
    placeOf: () => pointer.current(),
    onPasted: (ids) => {
      setPicked(ids);
      choose(ids.length === 1 ? ids[0] : undefined);
    },
  });
  const onStep = (by: 1 | -1) => graph && choose(neighbourOf(inRunOrder(graph), chosen, by)?.id);
  useKeys({ draft, selection, isFixed, onSave: saving.save, onTidy: edits.tidy, onDuplicate, onStep });
  if (compiled.error) return <Problem error={compiled.error} onRetry={compiled.retry} />;
  if (!types || (!graph && errors.length === 0)) return <Loading lines={5} height={80} />;
  return (
    <div className="editor">
      <Toolbar
        draft={draft}
        errors={errors.length}
        isSaving={saving.isSaving}
        view={view}
        onView={setView}
        onSave={saving.save}
        onTidy={isFixed ? undefined : edits.tidy}
        onTest={test.toggle}
        isSideShown={hasSide ? !isFolded : undefined}
        onSide={() => setFolded((was) => !was)}
      />
      <SaveNotices saved={saved} draft={draft} saving={saving} />
      <Stripe text={text} kind={kind} />
      <div className="editor-main" data-view={view}>
        {hasSide && !isFolded && (
          <Side graph={graph} types={types} selected={chosen} isOff={isUnread} onAdd={edits.add} onSelect={choose} />
        )}
        {view !== "text" && isLarge && graph && (
          <LargeGraph graph={graph} types={types} selected={chosen} onSelect={choose} onDraw={drawAnyway.open} />
        )}
        {view !== "text" && !isLarge && (
          <div className="panel editor-canvas">
            {graph && (
              <EditorCanvas
                graph={graph}
                definition={draft.definition}
                types={types}
                faulty={faulty}
                selected={chosen}
                picked={picked}
                pointer={pointer}
                isFixed={isFixed}
                overlay={overlay}
                onSelect={select}
                onChoose={choose}
                onMove={(places) => draft.edit(moveNodes(draft.definition, places))}
                onConnect={edits.onConnect}
                onReconnect={edits.onReconnect}
                onWish={edits.onWish}
              />
            )}
          </div>
        )}
        {view !== "graph" && (
          <TextPane state={text} language={language} errors={errors} warnings={warnings} target={target} />
        )}
        {view !== "text" && graph && (
          <Inspected
            workflowId={id}
            kind={kind}
            draft={draft}
            language={language}
            graph={graph}
            types={types}
            node={chosen}
            edge={edge}
            problems={[...errors, ...warnings]}
            isOff={isUnread}
            isOver={isNarrow || view === "both"}
            edits={edits}
            onNode={setChosen}
            onEdge={setEdge}
          />
        )}
      </div>
      {edits.questions}
      {test.isOpen && graph && (
        <Suspense fallback={<Loading lines={3} />}>
          <TestPanel
            workflowId={id}
            definition={draft.definition}
            trigger={draft.definition.trigger ?? language.valueAt(draft.definition, "/trigger")}
            graph={graph}
            types={types}
            chosen={chosen}
            onChoose={choose}
            isFaulty={errors.length > 0 || isUnread}
            search={test}
            onOverlay={setOverlay}
          />
        </Suspense>
      )}
      <Problems errors={errors} warnings={warnings} hasText={view !== "graph"} onSelect={showProblem} />
    </div>
  );
}
