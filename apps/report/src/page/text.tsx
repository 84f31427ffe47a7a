import type { ResultRow } from "@touchstone/core";
import { percent, percentInterval } from "@touchstone/report/view";
import type { Group } from "@touchstone/report/view";
import { Fragment } from "preact";
import type { ComponentChildren } from "preact";

/** A titled part of the page. */
export function Section(props: { id: string; title: string; lead?: string; children: ComponentChildren }) {
  return (
    <section id={props.id} aria-labelledby={`${props.id}-title`}>
      <h2 id={`${props.id}-title`}>{props.title}</h2>
      {props.lead && <p class="lead">{props.lead}</p>}
      {props.children}
    </section>
  );
}

/** The word that law 10 asks for wherever a reward model with a deliberate flaw is shown. */
export function Planted({ flaw }: { flaw: string | null }) {
  return flaw === null ? null : (
    <span class="planted" title={flaw}>
      planted flaw
    </span>
  );
}

export function GroupTitle({ group }: { group: Pick<Group, "rewardModel" | "planted"> }) {
  return (
    <>
      {group.rewardModel === "" ? "No reward model" : `with ${group.rewardModel}`}
      {group.planted !== null && (
        <>
          {" "}
          <Planted flaw={group.planted} />
        </>
      )}
    </>
  );
}

/** A reward model's name in a table, with law 10's word. */
export function RewardModelName({ name, planted }: { name: string; planted: string | null }) {
  if (name === "") return <span class="none">none</span>;
  return (
    <>
      {name.split("+").map((one, i) => (
        <Fragment key={one}>
          <span class="name">{i === 0 ? one : `+ ${one}`}</span>{" "}
        </Fragment>
      ))}
      {planted !== null && (
        <small class="planted-note" title={planted}>
          planted flaw
        </small>
      )}
    </>
  );
}

/** An accuracy in per cent over its 95 % interval. */
export function Estimate({
  row,
  flagged = false,
}: {
  row: Pick<ResultRow, "ci_low" | "ci_high"> & { readonly estimate: number };
  /** Whether a dagger stands behind it. */
  flagged?: boolean;
}) {
  return (
    <>
      <span class="estimate">
        {percent(row.estimate)}
        {flagged && <sup>†</sup>}
      </span>
      <span class="interval">
        {row.ci_low === null || row.ci_high === null ? "no interval" : percentInterval(row.ci_low, row.ci_high)}
      </span>
    </>
  );
}

/** A wide table scrolls in its own box, reachable by keyboard. */
export function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

/** Characters of an answer that a line holds; a whole response can be one. */
export const LONG = 40;

/** An answer with its grade, as a word for those who cannot see the colour. */
export function Answer({ answer, correct }: { answer: string | null; correct: boolean | null }) {
  const text = answer === null || answer === "" ? "unparsable" : answer;
  return (
    <span class={`answer ${verdictClass(correct)}`} title={text.length > LONG ? text : undefined}>
      {text.length > LONG ? `${text.slice(0, LONG - 1)}…` : text}
      {correct !== null && <span class="sr-only">{correct ? " (correct)" : " (wrong)"}</span>}
    </span>
  );
}

/** Grades between 0 and 1 count as right from one half; null where there is no gold. */
export function isRight(grade: number | null): boolean | null {
  return grade === null ? null : grade >= 0.5;
}

/** Without gold an answer is neither right nor wrong. */
export function verdictClass(correct: boolean | null): string {
  return correct === null ? "" : correct ? "right" : "wrong";
}
