/** What the studio asks about hooks, and the deliveries that they refused. */

import { queryOptions } from "@tanstack/react-query";
import { changeHook, createHook, deleteHook, getHook, listHooks, listRefused } from "../client/sdk.gen";
import type { ChangeHookData, CreateHookData, HookRead, RefusalRead } from "../client/types.gen";
import { body } from "./http";
import { EVERY, every } from "./live";
import { PAGE, pagedOptions } from "./pages";

export type Hook = HookRead;
export type Refusal = RefusalRead;
export type Scheme = Hook["scheme"];
export type HookChange = ChangeHookData["body"];
export type NewHook = CreateHookData["body"];

export function hooksQuery() {
  return pagedOptions<Hook>(["hooks"], (cursor, signal) => listHooks({ query: { limit: PAGE, cursor }, signal }));
}

export function hookQuery(name: string) {
  return queryOptions({
    queryKey: ["hook", name],
    queryFn: ({ signal }) => body(getHook({ path: { name }, signal })),
    refetchInterval: every(EVERY.list),
  });
}

/** The newest 100 deliveries that a hook refused. */
export function refusedQuery(name: string) {
  return queryOptions({
    queryKey: ["refused", name],
    queryFn: ({ signal }) => body(listRefused({ path: { name }, signal })),
    refetchInterval: every(EVERY.list),
  });
}

export function addHook(hook: NewHook): Promise<Hook> {
  return body(createHook({ body: hook }));
}

/** Change what the body names; the rest stays. */
export function saveHook(name: string, change: HookChange): Promise<Hook> {
  return body(changeHook({ path: { name }, body: change }));
}

export function removeHook(name: string): Promise<unknown> {
  return body(deleteHook({ path: { name } }));
}
