import type { PageDecision as Decision, PageLook } from "@touchstone/report";
import { budgetText, percent, plantedIn } from "@touchstone/report/view";
import type { Setting } from "@touchstone/report/view";
import { SampleList } from "./samples.tsx";
import { Answer, isRight, LONG, RewardModelName, Scroll, verdictClass } from "./text.tsx";

/** One problem: prompt, reference, the pool's answers, the decisions, the samples. */
export function ProblemDetail({ look, setting, pair }: { look: PageLook; setting: Setting; pair: readonly string[] }) {
  return (
    <article class="problem" aria-label={look.problem}>
      <p class="prompt">{look.prompt}</p>
      <p class="facts-line">
        <span>
          Reference answer <strong class="answer reference-answer">{look.reference}</strong>
        </span>
        <span>
          Cluster <code>{look.cluster}</code>
        </span>
      </p>
      <div class={look.answers.some(({ answer }) => (answer ?? "").length > LONG) ? "halves stacked" : "halves"}>
        <PoolAnswers look={look} />
        <Decisions look={look} setting={setting} pair={pair} />
      </div>
      <SampleList look={look} />
    </article>
  );
}

const LISTED = 7;

function PoolAnswers({ look }: { look: PageLook }) {
  const total = look.answers.reduce((sum, { count }) => sum + count, 0);
  const most = Math.max(...look.answers.map(({ count }) => count));
  const right = new Set(look.answers.filter(({ correct }) => correct).slice(0, LISTED));
  const listed = look.answers.filter((answer, rank) => rank < LISTED || right.has(answer));
  const rest = look.answers.filter((answer) => !listed.includes(answer));
  return (
    <div>
      <h3>Answers in the pool ({total} samples)</h3>
      <table class="bars">
        <caption class="sr-only">Answers of {total} samples by frequency</caption>
        <tbody>
          {listed.map(({ answer, count, correct }) => (
            <tr key={answer ?? ""}>
              <th scope="row">
                <Answer answer={answer} correct={correct} />
              </th>
              <td class="bar">
                <span class={verdictClass(correct)} style={{ width: `${(100 * count) / most}%` }} />
              </td>
              <td>{count}</td>
              <td>{percent(count / total)} %</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rest.length > 0 && (
        <p class="note">
          and {rest.length} rarer answers, {rest.reduce((sum, { count }) => sum + count, 0)} samples in all
        </p>
      )}
    </div>
  );
}

/** Names a method with its parameters and reward model among the decisions. */
export function deciderKey({ method, parameters, reward_model }: Decision): string {
  return JSON.stringify([method, parameters, reward_model]);
}

export function deciderLabel({ method, parameters }: Decision, setting: Setting): string {
  return setting.series.find((one) => one.method === method && one.parameters === parameters)?.name ?? method;
}

function Decisions({ look, setting, pair }: { look: PageLook; setting: Setting; pair: readonly string[] }) {
  const correct = new Map(look.answers.map((answer) => [answer.answer ?? "", answer.correct]));
  const budget = Math.max(...look.decisions.map((decision) => decision.budget));
  if (look.decisions.length === 0) return null;
  return (
    <div>
      <h3>Decisions on the first {budgetText(budget, setting.unit)}</h3>
      <Scroll label="Decisions">
        <table class="decisions">
          <caption class="sr-only">What each method answered, with its weight</caption>
          <thead>
            <tr>
              <th scope="col" class="text">
                Method
              </th>
              <th scope="col" class="text">
                Reward model
              </th>
              <th scope="col" class="text">
                Answer
              </th>
            </tr>
          </thead>
          <tbody>
            {look.decisions.map((decision) => (
              <tr key={deciderKey(decision)} class={pair.includes(deciderKey(decision)) ? "chosen" : ""}>
                <th scope="row">{deciderLabel(decision, setting)}</th>
                <td class="text">
                  <RewardModelName name={decision.reward_model} planted={plantedIn(setting, decision.reward_model)} />
                </td>
                <td class="text">
                  <Weights decision={decision} correct={correct} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </div>
  );
}

/** The answers that a decision is spread over, heaviest first. */
function Weights({ decision, correct }: { decision: Decision; correct: ReadonlyMap<string, boolean | null> }) {
  const heaviest = Object.entries(decision.answers).toSorted(([, a], [, b]) => b - a);
  // An answer that the pool does not hold was decided with a decoding of its own: its grade is the decision's.
  const isCorrect = (answer: string) => (correct.has(answer) ? correct.get(answer)! : isRight(decision.accuracy));
  return (
    <>
      {heaviest.map(([answer, weight]) => (
        <span key={answer} class="weighted">
          {answer === "" ? <span class="none">abstained</span> : <Answer answer={answer} correct={isCorrect(answer)} />}
          {weight < 0.9995 && <small> {percent(weight)} %</small>}{" "}
        </span>
      ))}
      {decision.others > 0 && <small>and {decision.others} more</small>}
    </>
  );
}
