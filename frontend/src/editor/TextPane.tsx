/** The draft as text, with the problems of the server at their places. */

import { lazy, Suspense, useMemo, useRef } from "react";
import type { ProblemRead } from "../client/types.gen";
import type { Language, TextFault } from "../graph/language";
import type { Mark } from "../ui/CodeField";
import { Loading } from "../ui/Loading";
import type { TextState } from "./useText";

const CodeField = lazy(() => import("../ui/CodeField"));

export interface Target {
  pointer: string;
  /** False: the keyboard stays where it is. */
  focus: boolean;
}

interface TextPaneProps {
  state: TextState;
  language: Language;
  errors: ProblemRead[];
  warnings: ProblemRead[];
  /** The pointer of a thing to show; another object shows it again. */
  target: Target | null;
}

export function TextPane({ state, language, errors, warnings, target }: TextPaneProps) {
  const { text, fault, write } = state;
  const marks = useMemo(
    () => (fault ? markOfFault(text, fault) : marksOf(text, language, errors, warnings)),
    [text, fault, language, errors, warnings],
  );
  // The place is that at the moment of the wish: what is typed later does not move the cursor.
  const latest = useRef(state);
  latest.current = state;
  const shown = useMemo(() => {
    if (!target || latest.current.fault) return undefined;
    const span = language.spans(latest.current.text, [target.pointer]).get(target.pointer);
    return { place: span?.from ?? 0, focus: target.focus };
  }, [target, language]);
  return (
    <section className="panel editor-text" aria-label="Text of the workflow">
      <Suspense fallback={<Loading lines={8} />}>
        <CodeField
          label={`Definition as ${language.name.toUpperCase()}`}
          language={language.name}
          value={text}
          marks={marks}
          onChange={write}
          shown={shown}
        />
      </Suspense>
    </section>
  );
}

function marksOf(text: string, language: Language, errors: ProblemRead[], warnings: ProblemRead[]): Mark[] {
  const severities = { error: errors, warning: warnings } as const;
  const all = [...errors, ...warnings];
  const spans = language.spans(
    text,
    all.map((problem) => problem.pointer ?? ""),
  );
  return (["error", "warning"] as const).flatMap((severity) =>
    severities[severity].map((problem) => {
      const { from, to } = spans.get(problem.pointer ?? "") ?? { from: 0, to: 1 };
      return { from, to, severity, message: problem.message };
    }),
  );
}

function markOfFault(text: string, { line, message }: TextFault): Mark[] {
  const lines = text.split("\n");
  const before = lines.slice(0, (line ?? 1) - 1).join("\n").length + (line && line > 1 ? 1 : 0);
  return [{ from: before, to: before + Math.max(1, lines[(line ?? 1) - 1]?.length ?? 1), severity: "error", message }];
}
