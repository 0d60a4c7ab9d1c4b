/** What the studio asks about API keys. */

import { createKey, listKeys, revokeKey } from "../client/sdk.gen";
import type { CreateKeyData, KeyRead, NewKeyRead, Scope } from "../client/types.gen";
import { body } from "./http";
import { EVERY } from "./live";
import { PAGE, pagedOptions } from "./pages";

export type Key = KeyRead;
export type NewKey = CreateKeyData["body"];
export type { Scope };

export function keysQuery() {
  return pagedOptions<Key>(
    ["keys"],
    (cursor, signal) => listKeys({ query: { limit: PAGE, cursor }, signal }),
    EVERY.counts,
  );
}

/** Make a key; only this answer has it. */
export function addKey(key: NewKey): Promise<NewKeyRead> {
  return body(createKey({ body: key }));
}

export function removeKey(id: string): Promise<unknown> {
  return body(revokeKey({ path: { key_id: id } }));
}
