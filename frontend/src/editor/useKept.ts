/** How the editor is arranged, such as widths and what is folded: kept in this browser. */

import { useLocalStorage } from "@mantine/hooks";

export function useKept<Value>(name: string, defaultValue: Value) {
  return useLocalStorage<Value>({ key: `trigraph-${name}`, defaultValue, getInitialValueInEffect: false });
}
