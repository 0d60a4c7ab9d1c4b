/** Values of steps that are too large to be loaded whole: their parts, each when it is opened. */

import { getPartOfValue } from "../client/sdk.gen";
import type { ValueEntryRead, ValuePartRead } from "../client/types.gen";
import { pagedOptions } from "./pages";
import type { WholeStep } from "./steps";

type Name = "input" | "parameters" | "output" | "error";

/** Stands in a value for a part of it that is not loaded. */
export class LargeValue {
  constructor(
    readonly step: WholeStep,
    readonly name: Name,
    readonly bytes: number,
    /** A JSON Pointer into the value. */
    readonly path = "",
    readonly kind: ValueEntryRead["kind"] = "object",
    /** Entries, or characters; null: they were not counted. */
    readonly size: number | null = null,
  ) {}
}

/** A value of a step, or what stands for a large one. */
export function stepValue(step: WholeStep, name: Name): unknown {
  const bytes = step[`${name}_bytes`];
  return bytes ? new LargeValue(step, name, bytes) : step[name];
}

type Entry = [key: string | number, value: unknown];

/** The entries of a large value, page by page; those of a text are pieces of it. */
export function partsQuery(value: LargeValue) {
  const { step, name, path } = value;
  return {
    ...pagedOptions<Entry>(["stepValue", step.id, name, path], async (cursor, signal) => {
      const query = { execution_id: step.execution_id, path, cursor: Number(cursor ?? 0) };
      const { data, response } = await getPartOfValue({ path: { step_id: step.id, name }, query, signal });
      return { data: data && entriesOf(data, value), response };
    }),
    refetchInterval: false as const,
    staleTime: Number.POSITIVE_INFINITY,
  };
}

function entriesOf(part: ValuePartRead, { step, name, path }: LargeValue): Entry[] {
  if (part.kind !== "object" && part.kind !== "array") return [["", part.value]];
  return part.entries.map(({ key, kind, size, value, bytes }) => {
    const place = `${path}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
    return [key, bytes === null ? value : new LargeValue(step, name, bytes, place, kind, size)];
  });
}
