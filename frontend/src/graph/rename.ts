/** Another id for a node, everywhere in the document: in edges, cases, compensations, groups, templates and rules. */

import { type Definition, edgesOf, isSame, nodesOf } from "./document";
import { pathOfNode, placeholdersIn, type Reference, readReference } from "./references";
import { memberAt } from "./spans";

export interface Change {
  /** A JSON Pointer into the definition. */
  pointer: string;
  before: string;
  after: string;
}

export interface Renamed {
  definition: Definition;
  changes: Change[];
  /** Why this id cannot be taken; empty: it can. */
  faults: string[];
}

/** Keys of a node that name another one. */
const PARENTS = new Set(["parentId", "parentNode"]);
/** Operators of rules that name paths. */
const READS = new Set(["var", "missing", "missing_some"]);

export function renameNode(definition: Definition, from: string, to: string): Renamed {
  const ids = new Set(nodesOf(definition).map((node) => String(node.id)));
  const faults = faultsOfId(ids, from, to);
  if (faults.length) return { definition, changes: [], faults };
  return renameNodes(definition, new Map([[from, to]]));
}

/** Other ids for nodes, by their ids; nothing else may have the new ones. */
export function renameNodes(definition: Definition, names: ReadonlyMap<string, string>): Renamed {
  const work = new Renaming(names, new Set(nodesOf(definition).map((node) => String(node.id))));
  const nodes = nodesOf(definition).map((node, index) => work.node(node, `/graph/nodes/${index}`));
  const edges = edgesOf(definition).map((edge, index) => work.edge(edge, `/graph/edges/${index}`));
  // A document without edges keeps being one.
  const graph = { ...definition.graph, nodes, ...(definition.graph.edges ? { edges } : {}) };
  return { definition: { ...definition, graph } as Definition, changes: work.changes, faults: work.faults };
}

function faultsOfId(ids: ReadonlySet<string>, from: string, to: string): string[] {
  if (to.trim() === "") return ["A node needs an id."];
  if (to.trim() !== to) return ["The id begins or ends with a space; remove it."];
  if (to.length > 500) return [`The id has ${to.length} characters; 500 are allowed.`];
  if (to !== from && ids.has(to)) return [`There is a node ${to} already.`];
  return [];
}

class Renaming {
  readonly changes: Change[] = [];
  readonly faults: string[] = [];
  private readonly after: ReadonlySet<string>;

  constructor(
    private readonly names: ReadonlyMap<string, string>,
    private readonly ids: ReadonlySet<string>,
  ) {
    this.after = new Set([...ids].map((id) => names.get(id) ?? id));
  }

  node<Node extends Record<string, unknown>>(node: Node, pointer: string): Node {
    return this.members(node, pointer, (key, value, at) => {
      if (key === "id" || PARENTS.has(key)) return this.id(value, at);
      return key === "data" ? this.data(value, at) : value;
    });
  }

  edge<Edge extends Record<string, unknown>>(edge: Edge, pointer: string): Edge {
    return this.members(edge, pointer, (key, value, at) =>
      key === "source" || key === "target" ? this.id(value, at) : value,
    );
  }

  private data(data: unknown, pointer: string): unknown {
    if (!isObject(data)) return this.value(data, pointer);
    return this.members(data, pointer, (key, value, at) => {
      if (key === "compensate") return this.id(value, at);
      // A graph in place has nodes of its own, which its templates refer to.
      if (key === "graph" && isObject(value)) return value;
      return key === "cases" && Array.isArray(value)
        ? this.items(value, at, (each, place) => this.case(each, place))
        : this.value(value, at);
    });
  }

  private case(each: unknown, pointer: string): unknown {
    if (!isObject(each)) return each;
    return this.members(each, pointer, (key, value, at) =>
      key === "next" ? this.id(value, at) : this.value(value, at),
    );
  }

  /** Any value: templates in its texts, and paths in its rules. */
  private value(value: unknown, pointer: string): unknown {
    if (typeof value === "string") return this.template(value, pointer);
    if (Array.isArray(value)) return this.items(value, pointer, (each, at) => this.value(each, at));
    if (!isObject(value)) return value;
    const [key, ...others] = Object.keys(value);
    const isRead = key !== undefined && others.length === 0 && READS.has(key);
    return this.members(value, pointer, (_, each, at) => (isRead ? this.paths(each, at) : this.value(each, at)));
  }

  /** Paths such as `$steps.charge.output.id`. */
  private paths(value: unknown, pointer: string): unknown {
    if (Array.isArray(value)) return this.items(value, pointer, (each, at) => this.paths(each, at));
    if (typeof value !== "string") return this.value(value, pointer);
    const parts = value.split(".");
    const rest = parts.slice(1).join(".");
    const id = parts[0] === "$steps" ? longest(rest, this.ids) : null;
    const name = id === null ? undefined : this.names.get(id);
    return name === undefined ? value : this.note(pointer, value, `$steps.${name}${rest.slice(id?.length)}`);
  }

  private template(template: string, pointer: string): string {
    let result = template;
    for (const { text, start } of placeholdersIn(template).reverse()) {
      const old = readReference(text, this.ids);
      if (!old) continue;
      const next = this.placeholder(text, old);
      this.check(next, old);
      result = result.slice(0, start) + next + result.slice(start + text.length);
    }
    return result === template ? template : this.note(pointer, template, result);
  }

  private placeholder(text: string, old: Reference): string {
    const name = this.nameOf(old);
    if (name === old.name) return text;
    const space = text.slice(0, text.length - text.trimStart().length);
    return `${space}${pathOfNode(name) ?? name}${text.slice(old.end)}`;
  }

  /** Every placeholder has to refer to what it referred to. */
  private check(text: string, old: Reference): void {
    const now = readReference(text, this.after);
    if (now?.source === old.source && now.name === this.nameOf(old) && isSame(now.path, old.path)) return;
    this.faults.push(`{{ ${text.trim()} }} would then refer to something else; take another id.`);
  }

  /** The new name of what a placeholder refers to. */
  private nameOf({ source, name }: Reference): string {
    return (source === "node" ? this.names.get(name) : undefined) ?? name;
  }

  private id(value: unknown, pointer: string): unknown {
    const name = this.names.get(String(value));
    return name === undefined ? value : this.note(pointer, String(value), name);
  }

  private note(pointer: string, before: string, after: string): string {
    if (before !== after) this.changes.push({ pointer, before, after });
    return after;
  }

  private items(items: unknown[], pointer: string, change: (each: unknown, at: string) => unknown): unknown[] {
    return items.map((each, index) => change(each, memberAt(pointer, index)));
  }

  private members<Value extends Record<string, unknown>>(
    value: Value,
    pointer: string,
    change: (key: string, value: unknown, at: string) => unknown,
  ): Value {
    const all = Object.entries(value).map(([key, each]) => [key, change(key, each, memberAt(pointer, key))]);
    return Object.fromEntries(all) as Value;
  }
}

function longest(path: string, ids: ReadonlySet<string>): string | null {
  const parts = path.split(".");
  for (let count = parts.length; count > 0; count -= 1) {
    const id = parts.slice(0, count).join(".");
    if (ids.has(id)) return id;
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return !!value && typeof value === "object" && !Array.isArray(value);
}
