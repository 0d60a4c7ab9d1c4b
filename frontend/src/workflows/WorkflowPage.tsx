/** One workflow. */

import { NotBuilt } from "../ui/Page";

export function WorkflowPage() {
  return <NotBuilt title="Workflow" />;
}
