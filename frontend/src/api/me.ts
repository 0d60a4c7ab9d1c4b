/** The signed-in user, and what the key or session allows. */

import { queryOptions, useQuery } from "@tanstack/react-query";
import { closeSession, getMe, getWaysIn, openSession } from "../client/sdk.gen";
import type { MeRead } from "../client/types.gen";
import { body } from "./http";

export type Me = MeRead;

export function meQuery() {
  return queryOptions({
    queryKey: ["me"],
    queryFn: ({ signal }) => body(getMe({ signal })),
    staleTime: 60_000,
  });
}

export function waysInQuery() {
  return queryOptions({ queryKey: ["waysIn"], queryFn: ({ signal }) => body(getWaysIn({ signal })) });
}

/** Sign in with a key: the server sets the cookie of a session, which scripts cannot read. */
export function signIn(key: string): Promise<Me> {
  return body(openSession({ body: { key } }));
}

export function signOut(): Promise<unknown> {
  return body(closeSession());
}

/** True if one of the granted scopes is the needed one or implies it, as the server decides it. */
export function allows(granted: readonly string[], needed: string): boolean {
  const [noun, verb] = needed.split(":");
  return granted.some((each) => each === "admin" || each === needed || (verb === "read" && each === `${noun}:write`));
}

/** Asks whether the user may do something; yes until it is known, because the server decides. */
export function useMay(): (...needed: string[]) => boolean {
  const { data } = useQuery(meQuery());
  return (...needed) => !data || needed.some((scope) => allows(data.scopes, scope));
}
