/** Definitions of workflows: read with their ETag, compiled as they are drawn, and saved against the ETag. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import {
  compileWorkflow,
  createWorkflow,
  deleteWorkflow,
  getSettingsSchema,
  getVersionGraph,
  getWorkflow,
  replaceWorkflow,
} from "../client/sdk.gen";
import type { CompiledRead, WorkflowRead } from "../client/types.gen";
import type { Definition } from "../graph/document";
import { findInexact, readJson, writeJson } from "../graph/exact";
import { body } from "./http";
import { EVERY, every } from "./live";

export interface Saved {
  workflow: WorkflowRead;
  /** The same, with numbers that a browser cannot hold as they are written: what is edited and saved. */
  exact: Record<string, unknown>;
  etag: string;
  /** A number of it that a browser would write back as another one; null: there is none. */
  inexact: string | null;
}

/** An answer whose text was not parsed, so that its numbers can be looked at. */
export function savedOf(answer: { data?: unknown; response?: Response }): Saved {
  const text = String(answer.data);
  const workflow = JSON.parse(text) as WorkflowRead;
  const inexact = findInexact(text);
  const exact = (inexact === null ? workflow : readJson(text)) as Record<string, unknown>;
  return { workflow, exact, etag: answer.response?.headers.get("ETag") ?? "", inexact };
}

/** ETags of saves of this tab, so that they are not taken for those of somebody else. */
const ownSaves = new Set<string>();

export function noteOwnSave({ etag }: Saved): void {
  ownSaves.add(etag);
}

export function isOwnSave({ etag }: Saved): boolean {
  return ownSaves.has(etag);
}

/** The body of a request as its text, with every number as it was read. */
const exactly = { bodySerializer: (body: unknown) => writeJson(body) };

/** A workflow with its ETag, read again now and then, so that a save of somebody else is seen. */
export function savedQuery(id: string) {
  return queryOptions({
    queryKey: ["workflow", id, "saved"],
    queryFn: async ({ signal }): Promise<Saved> =>
      savedOf(await getWorkflow({ path: { workflow_id: id }, parseAs: "text", signal })),
    refetchInterval: every(EVERY.counts),
  });
}

/** The graph of a definition, and its problems, as the server compiles it. */
export function compiledQuery(definition: Definition, workflowId: string) {
  return queryOptions({
    queryKey: ["compiled", workflowId, definition],
    queryFn: async ({ signal }): Promise<CompiledRead> => {
      const query = { workflow_id: workflowId };
      const text = await body(
        compileWorkflow({ body: definition as never, query, signal, parseAs: "text", ...exactly }),
      );
      return readJson(String(text)) as CompiledRead;
    },
    placeholderData: keepPreviousData,
    gcTime: 10_000,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The graph that a version compiles to. */
export function versionGraphQuery(id: string, version: number) {
  return queryOptions({
    queryKey: ["graph", id, version],
    queryFn: ({ signal }) => body(getVersionGraph({ path: { workflow_id: id, version }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Save over the version that was read; ApiError 412 where somebody saved since. */
export async function saveDefinition(id: string, definition: Definition, etag: string): Promise<Saved> {
  const headers = { "If-Match": etag };
  const path = { workflow_id: id };
  return savedOf(await replaceWorkflow({ path, body: definition as never, headers, parseAs: "text", ...exactly }));
}

/** Save members of a workflow beside its definition, which stays; ApiError 412 where somebody saved since. */
export async function saveMembers(id: string, members: Record<string, unknown>, etag: string): Promise<Saved> {
  const headers = { "If-Match": etag };
  return savedOf(
    await replaceWorkflow({ path: { workflow_id: id }, body: members as never, headers, parseAs: "text" }),
  );
}

/** Delete a workflow; ApiError 412 where somebody saved since. */
export function removeWorkflow(id: string, etag: string): Promise<unknown> {
  return body(deleteWorkflow({ path: { workflow_id: id }, headers: { "If-Match": etag } }));
}

/** The JSON Schema of the settings of a workflow. */
export function settingsSchemaQuery() {
  return queryOptions({
    queryKey: ["settingsSchema"],
    queryFn: ({ signal }) => body(getSettingsSchema({ signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export async function createDefinition(definition: Definition): Promise<WorkflowRead> {
  return (await body(createWorkflow({ body: definition as never, ...exactly }))) as WorkflowRead;
}
