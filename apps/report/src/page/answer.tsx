import type { PageData } from "@touchstone/report";
import type { Setting } from "@touchstone/report/view";
import { Section } from "./text.tsx";

/** What the run says, in words, at the largest budget: first of all. */
export function AnswerSection({ run, setting }: { run: PageData; setting: Setting }) {
  const answers = run.answers.filter((answer) => answer.setting === setting.key);
  return (
    <Section id="answer" title="The answer">
      <ul class="answers">
        {answers.map((answer) => (
          <li key={answer.rewardModel}>
            <p class="says">
              <Unbroken text={answer.text} />
            </p>
            {answer.notes.map((note) => (
              <p key={note} class="note">
                <Unbroken text={note} />
              </p>
            ))}
          </li>
        ))}
      </ul>
      <p class="lead">
        ± is half of the 95 % interval of a difference paired by problem. One method is “over” another where the
        Holm-adjusted p is below 0.05; “tied” where it is not.
      </p>
    </Section>
  );
}

/** Text in which hyphened names (best-of-n) and intervals (2.1 ± 1.4) do not break over lines. */
function Unbroken({ text }: { text: string }) {
  return (
    <>
      {text.split(/(\S*-\S*|\S+ ± \S+)/).map((part, i) =>
        i % 2 === 1 ? (
          <span key={i} class="name">
            {part}
          </span>
        ) : (
          part
        ),
      )}
    </>
  );
}
