/** What is drawn on the canvas, as edits of the draft: new nodes, edges, and the layout; with the questions before them. */

import { type ReactNode, useState } from "react";
import type { NodeType } from "../api/nodeTypes";
import { layOutInWorker } from "../canvas/useLayout";
import type { GraphRead } from "../client/types.gen";
import { addNode, type Definition, edgesOf, freeId, moveNodes, nodesOf, type Way } from "../graph/document";
import { connect, insertBetween, nextOf, reconnect, setNext } from "../graph/edges";
import { BOX, type Point } from "../graph/size";
import { outlineOf, tidied } from "../graph/tidy";
import { freePlace, placeOfNew, roomWithin } from "./places";
import { ReplaceNext } from "./ReplaceNext";
import { TypeMenu } from "./TypeMenu";
import type { DraftState } from "./useDraft";

/** A new node that is wished: where in the window and on the canvas, and which edge it continues or divides. */
export interface Wish {
  menu: Point;
  place: Point;
  from?: { source: string; handle: string };
  within?: Way;
}

export interface GraphEdits {
  onConnect: (way: Way) => void;
  onReconnect: (old: Way, now: Way) => void;
  onWish: (wish: Wish) => void;
  /** Add a node behind the chosen one. */
  add: (type: NodeType) => void;
  /** Lay out the selected nodes; all where no two are selected. */
  tidy: () => void;
  /** Questions that are open. */
  questions: ReactNode;
}

interface Context {
  draft: DraftState;
  graph: GraphRead | null;
  types: Map<string, NodeType> | undefined;
  chosen: string | undefined;
  /** The ids of the selected nodes. */
  selected: string[];
  onChoose: (id: string) => void;
}

export function useGraphEdits({ draft, graph, types, chosen, selected, onChoose }: Context): GraphEdits {
  const { definition, edit } = draft;
  const [asked, setAsked] = useState<{ way: Way; next: string } | null>(null);
  const [wish, setWish] = useState<Wish | null>(null);
  const onConnect = (way: Way) => {
    const next = way.handle ? nextOf(definition, way) : null;
    if (next === null || next === way.target) edit(connect(definition, way));
    else setAsked({ way, next });
  };
  const place = (type: NodeType, position: Point, join: (added: Definition, id: string) => Definition) => {
    const id = freeId(definition, type.type);
    edit(join(addNode(definition, { id, type: type.type, data: {}, position }), id));
    onChoose(id);
  };
  const addWished = (type: NodeType) => {
    if (!wish) return;
    const { from, within } = wish;
    setWish(null);
    const room = within && graph ? roomWithin(graph.nodes, within) : null;
    place(type, room?.place ?? freePlace(definition, centred(wish.place)), (added, id) => {
      if (within) return insertBetween(moveNodes(added, room?.moved ?? {}), within, id);
      if (!from) return added;
      const way = { ...from, target: id };
      return nextOf(added, way) === null ? connect(added, way) : setNext(added, way);
    });
  };
  const tidy = () => {
    if (!graph) return;
    const only = selected.length > 1 ? new Set(selected) : undefined;
    const outline = outlineOf(definition, graph, only);
    layOutInWorker(outline, (rects) => edit(tidied(definition, outline, rects, only !== undefined)));
  };
  return {
    onConnect,
    onReconnect: (old, now) => edit(reconnect(definition, old, now)),
    onWish: setWish,
    add: (type) =>
      place(type, placeOfNew(definition, chosen), (added, id) => (chosen ? connectIfFree(added, chosen, id) : added)),
    tidy,
    questions: (
      <>
        {wish && types && <TypeMenu at={wish.menu} types={types} onChoose={addWished} onClose={() => setWish(null)} />}
        {asked && (
          <ReplaceNext
            {...asked}
            onClose={() => setAsked(null)}
            onReplace={() => {
              edit(setNext(definition, asked.way));
              setAsked(null);
            }}
          />
        )}
      </>
    ),
  };
}

function centred({ x, y }: Point): Point {
  return { x: Math.round(x - BOX.width / 2), y: Math.round(y - BOX.height / 2) };
}

/** Connect a new node behind the chosen one where that leads nowhere yet. */
function connectIfFree(definition: Definition, source: string, target: string): Definition {
  const isThere = nodesOf(definition).some((node) => String(node.id) === source);
  const isFree = isThere && !edgesOf(definition).some((edge) => String(edge.source) === source);
  return isFree ? connect(definition, { source, target, handle: "" }) : definition;
}
