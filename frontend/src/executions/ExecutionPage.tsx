/** One execution. */

import { NotBuilt } from "../ui/Page";

export function ExecutionPage() {
  return <NotBuilt title="Execution" />;
}
