/** A change on the server, after which the lists that show it are read again. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { noteAction } from "../api/live";

export function useChange<Given = void, Answer = unknown>(
  change: (given: Given) => Promise<Answer>,
  /** The first parts of the keys of the queries that it touches. */
  touched: string[],
  onDone?: (answer: Answer) => void,
) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (answer) => {
      noteAction();
      onDone?.(answer);
      for (const key of touched) void queries.invalidateQueries({ queryKey: [key] });
    },
  });
}
