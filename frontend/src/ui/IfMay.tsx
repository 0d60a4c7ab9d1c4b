/** Shows what the user may do, and nothing where the scopes do not allow it. */

import type { ReactNode } from "react";
import { useMay } from "../api/me";

interface IfMayProps {
  /** One of these is needed. */
  scope: string | string[];
  /** In its place where the scope is missing. */
  otherwise?: ReactNode;
  children: ReactNode;
}

export function IfMay({ scope, otherwise = null, children }: IfMayProps) {
  const may = useMay();
  return may(...[scope].flat()) ? children : otherwise;
}
