/** An address of the studio that does not exist. */

import { Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Page } from "./Page";

export function NotFound() {
  return (
    <Page title="No such page">
      <Text>
        The studio has no page with this address.{" "}
        <Anchor component={Link} to="/">
          Go to the overview
        </Anchor>
      </Text>
    </Page>
  );
}
