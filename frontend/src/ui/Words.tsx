/** A sentence of the server, with the parts between backticks in the type of code. */

import { Fragment } from "react";

export function Words({ text }: { text: string }) {
  const parts = text.split("`");
  // A backtick without its pair is an ordinary character.
  if (parts.length % 2 === 0) return <bdi>{text}</bdi>;
  return (
    <bdi>
      {parts.map((part, index) => {
        const key = `${index}:${part}`;
        return index % 2 ? <code key={key}>{part}</code> : <Fragment key={key}>{part}</Fragment>;
      })}
    </bdi>
  );
}
