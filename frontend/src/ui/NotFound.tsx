/** An address of the studio that does not exist. */

import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Empty } from "./Empty";
import { Page } from "./Page";

export function NotFound() {
  return (
    <Page title="No such page">
      <Empty
        title="The studio has no page with this address"
        action={
          <Button component={Link} to="/">
            Go to the overview
          </Button>
        }
      >
        Check the address, or search with Ctrl K for a workflow or for an id.
      </Empty>
    </Page>
  );
}
