import type { PageData, PageDecision, PageLook } from "@touchstone/report";
import { reads } from "@touchstone/report/view";
import type { Setting } from "@touchstone/report/view";
import { useState } from "preact/hooks";
import { deciderKey, deciderLabel, ProblemDetail } from "./problem.tsx";
import { Section } from "./text.tsx";

/** A look at single problems: what was asked, what was drawn, and what each method made of it. */
export function ProblemSection({ run, setting }: { run: PageData; setting: Setting }) {
  const looks = run.samples
    .filter((look) => look.dataset === setting.dataset && look.model === setting.model)
    .map((look) => ({ ...look, decisions: look.decisions.filter((decision) => isShown(decision, setting)) }));
  const [onlyDisagreed, setOnlyDisagreed] = useState(false);
  const [pair, setPair] = useState<readonly [string, string]>(["", ""]);
  const [chosen, choose] = useState(looks[0]?.problem);
  if (looks.length === 0) return null;
  const deciders = decidersOf(looks, setting);
  const disagreed = (look: PageLook) => disagreement(look, pair);
  const listed = onlyDisagreed ? looks.filter(disagreed) : looks;
  const shown = listed.find((look) => look.problem === chosen) ?? listed[0];
  return (
    <Section
      id="problems"
      title="Problems and samples"
      lead={`${looks.length} of ${setting.problems} problems, with their first samples. Beside each stands its share of correct samples; a ring marks problems on which methods decided differently. The numbers of all problems are in questions.csv.`}
    >
      <p class="controls">
        <label>
          <input
            type="checkbox"
            checked={onlyDisagreed}
            onChange={(event) => setOnlyDisagreed(event.currentTarget.checked)}
          />
          Only problems on which they disagree ({looks.filter(disagreed).length})
        </label>
        <DeciderChoice name="between" value={pair[0]} deciders={deciders} choose={(key) => setPair([key, pair[1]])} />
        <DeciderChoice name="and" value={pair[1]} deciders={deciders} choose={(key) => setPair([pair[0], key])} />
      </p>
      <div class="browser">
        <nav aria-label="Problems">
          <ul>
            {listed.map((look) => (
              <li key={look.problem}>
                <button type="button" aria-pressed={look === shown} onClick={() => choose(look.problem)}>
                  <span class={disagreed(look) ? "mark tied" : "mark blank"} aria-hidden="true" />
                  <span class="name">{look.problem}</span>
                  <span class="share" title="correct among the samples of the pool">
                    {share(look)}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </nav>
        {shown ? (
          <ProblemDetail key={shown.problem} look={shown} setting={setting} pair={pair} />
        ) : (
          <p class="lead">On every problem shown here, all methods decided alike.</p>
        )}
      </div>
    </Section>
  );
}

/** Whether a decision's reward models are among those of the setting. */
function isShown({ reward_model: models }: PageDecision, { groups }: Setting): boolean {
  return models === "" || groups.some(({ rewardModel }) => reads(models, rewardModel));
}

interface Decider {
  readonly key: string;
  readonly label: string;
}

function DeciderChoice(props: {
  name: string;
  value: string;
  deciders: readonly Decider[];
  choose: (key: string) => void;
}) {
  return (
    <label>
      {props.name}{" "}
      <select
        aria-label={`Disagreement ${props.name}`}
        value={props.value}
        onChange={(event) => props.choose(event.currentTarget.value)}
      >
        <option value="">any method</option>
        {props.deciders.map(({ key, label }) => (
          <option key={key} value={key}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

function decidersOf(looks: readonly PageLook[], setting: Setting): Decider[] {
  const decisions = looks.flatMap((look) => look.decisions);
  return [...new Map(decisions.map((decision) => [deciderKey(decision), decision]))].map(([key, decision]) => ({
    key,
    label: `${deciderLabel(decision, setting)}${decision.reward_model && `, ${decision.reward_model}`}`,
  }));
}

/** Whether the decisions, of a pair of methods or of any, put most of their weight on different answers. */
function disagreement(look: PageLook, [one, other]: readonly [string, string]): boolean {
  const favourites = (key: string) =>
    look.decisions
      .filter((decision) => key === "" || deciderKey(decision) === key)
      .map(({ answers }) => Object.entries(answers).toSorted(([, a], [, b]) => b - a)[0]?.[0]);
  return favourites(one).some((answer) => favourites(other).some((another) => another !== answer));
}

function share({ answers }: PageLook): string {
  if (answers.some(({ correct }) => correct === null)) return "no gold";
  const total = answers.reduce((sum, { count }) => sum + count, 0);
  const right = answers.reduce((sum, { count, correct }) => sum + (correct ? count : 0), 0);
  return total === 0 ? "–" : `${Math.round((100 * right) / total)} %`;
}
