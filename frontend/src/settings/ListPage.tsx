/** The page of a list in the settings: its rows, what it is for while it is empty, and the drawer that adds one. */

import { Button, Drawer } from "@mantine/core";
import { Plus } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useShortcut } from "../shell/shortcuts";
import type { CurlRequest } from "../ui/curl";
import { Empty } from "../ui/Empty";
import { Page } from "../ui/Page";
import { Listing, type ListingProps } from "./Listing";

interface ListPageProps<Row> extends Omit<ListingProps<Row>, "label" | "empty"> {
  title: string;
  /** What one row is called. */
  noun: string;
  /** What such a thing is, in a sentence or two. */
  about: string;
  /** The request that adds one. */
  request: CurlRequest;
  form: (close: () => void) => ReactNode;
  /** True where the form shows something once: a click beside it does not close it. */
  isKept?: boolean;
  /** The drawer of a row. */
  children?: ReactNode;
}

export function ListPage<Row>(props: ListPageProps<Row>) {
  const { title, noun, about, request, form, isKept, children, ...listing } = props;
  const [isNew, setNew] = useState(false);
  const close = () => setNew(false);
  useShortcut("n", `Create a ${noun}`, () => setNew(true), "Settings");
  const create = (
    <Button leftSection={<Plus size={15} />} onClick={() => setNew(true)}>
      New {noun}
    </Button>
  );
  return (
    <Page title={title} actions={create}>
      <Drawer
        opened={isNew}
        onClose={close}
        closeOnClickOutside={!isKept}
        position="right"
        size="lg"
        title={`New ${noun}`}
      >
        {isNew && form(close)}
      </Drawer>
      {children}
      <Listing
        {...listing}
        label={title}
        empty={
          <Empty title={`No ${noun} yet`} action={create} request={request}>
            {about}
          </Empty>
        }
      />
    </Page>
  );
}
