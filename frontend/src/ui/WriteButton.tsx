/** A button that changes something on the server: while the server does not answer, it cannot be pressed and says why. */

import { Button, type ButtonProps, Tooltip } from "@mantine/core";
import { type MouseEvent, useId } from "react";
import { useWriteBlock } from "./useWriteBlock";

const FOCUS_TOO = { hover: true, focus: true, touch: true };

interface WriteButtonProps extends ButtonProps {
  onClick?: (event: MouseEvent<HTMLButtonElement>) => void;
  type?: "button" | "submit";
  title?: string;
}

export function WriteButton({ children, onClick, title, ...rest }: WriteButtonProps) {
  const block = useWriteBlock();
  const id = useId();
  // It stays in the order of the keyboard, so that its reason can be read; a press of it, or of Enter in its form, is lost.
  const blocked = { "aria-disabled": true, "aria-describedby": id, "data-disabled": true };
  return (
    <Tooltip label={block} disabled={!block} multiline maw={280} events={FOCUS_TOO}>
      <Button
        {...rest}
        {...(block && blocked)}
        title={block ? undefined : title}
        onClick={block ? (event: MouseEvent) => event.preventDefault() : onClick}
      >
        {children}
        {block && (
          <span id={id} hidden>
            {block}
          </span>
        )}
      </Button>
    </Tooltip>
  );
}
