import { stream, type Ledger, type ProblemView } from "@touchstone/core";
import type { Response, TrainingModels } from "../../src/laser/models.ts";
import type { PolicyTrainer } from "../../src/laser/train-run.ts";

/** A policy over six responses, one table of logits a problem: every probability and every gradient is known. */
export type Logits = Readonly<Record<string, readonly number[]>>;

const RESPONSES = 6;
export const PROBLEMS: readonly ProblemView[] = ["p0", "p1", "p2", "p3", "p4"].map((id) => ({
  id,
  messages: [{ role: "user", content: id }],
  cluster: id,
  split: "train",
}));

export const START: Logits = Object.fromEntries(PROBLEMS.map(({ id }) => [id, new Array<number>(RESPONSES).fill(0)]));

/** Tokens that a reward model reads of a response. */
export const READ = 3;

export function probabilities(logits: readonly number[]): number[] {
  const weights = logits.map((logit) => Math.exp(logit));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

/** `up` likes response 5 best, `down` response 0, `flat` all alike but for the last. */
const SCORES: Readonly<Record<string, (response: number) => number>> = {
  up: (response) => response,
  down: (response) => -response,
  flat: (response) => (response === 5 ? 1 : 0),
};
export const RANKING = [
  { name: "up", deviation: 1 },
  { name: "flat", deviation: 0.4 },
  { name: "down", deviation: 1 },
];

export class ToyModels implements TrainingModels {
  readonly rewardModels = ["up", "down", "flat"];
  logits: Logits = START;
  /** What was drawn, call by call. */
  readonly drawn: string[] = [];

  async draw(
    problems: readonly ProblemView[],
    { count, step, ledger }: { readonly count: number; readonly step: number; readonly ledger: Ledger },
  ): Promise<readonly (readonly Response[])[]> {
    ledger.add({ samples: problems.length * count, completionTokens: problems.length * count });
    return problems.map(({ id }) => {
      this.drawn.push(`${id} at ${step}`);
      const law = probabilities(this.logits[id]!);
      const random = stream(7, "toy", id, step);
      return Array.from({ length: count }, () => responseOf(id, drawFrom(law, random.uniform())));
    });
  }

  async embed(problems: readonly ProblemView[], ledger: Ledger): Promise<readonly number[][]> {
    ledger.add({ extraForwardTokens: problems.length });
    return problems.map(({ id }) => PROBLEMS.map((problem) => (problem.id === id ? 1 : 0)));
  }

  async reward(
    rewardModel: string,
    _: readonly ProblemView[],
    responses: readonly (readonly Response[])[],
    ledger: Ledger,
  ): Promise<readonly Float64Array[]> {
    ledger.add({ rewardTokens: READ * responses.flat().length });
    return responses.map((own) => Float64Array.from(own, ({ tokens }) => SCORES[rewardModel]!(tokens[1]!)));
  }
}

/** The prompt's token is the problem's number, the response's token its own. */
function responseOf(id: string, response: number): Response {
  const problem = PROBLEMS.findIndex((one) => one.id === id);
  return { text: String(response), tokens: Int32Array.of(problem, response), promptLength: 1 };
}

function drawFrom(law: readonly number[], u: number): number {
  let cumulative = 0;
  for (const [response, probability] of law.entries()) if (u < (cumulative += probability)) return response;
  return law.length - 1;
}

/** What survives the end of a process. */
export interface ToyCheckpoint {
  step: number;
  logits: Logits;
}

/**
 * Exact gradient descent on the mean of −log σ(.1·margin) − log π(chosen), reference: the uniform start. `dies` is a step after which the
 * process ends, `every` how often its state is kept.
 */
export function toyTrainer(
  checkpoint: ToyCheckpoint,
  { every, dies = Number.POSITIVE_INFINITY }: { readonly every: number; readonly dies?: number },
): PolicyTrainer<Logits> {
  return async ({ steps, lesson, onStep }) => {
    let { step, logits } = checkpoint;
    while (step < steps) {
      const { pairs } = await lesson(step, logits);
      const next: Record<string, number[]> = Object.fromEntries(
        Object.entries(logits).map(([id, row]) => [id, [...row]]),
      );
      let loss = 0;
      for (const { chosen, rejected } of pairs) {
        const { id } = PROBLEMS[chosen.tokens[0]!]!;
        const law = probabilities(logits[id]!);
        const [won, lost] = [chosen.tokens[1]!, rejected.tokens[1]!];
        const margin = Math.log(law[won]! / law[lost]!);
        const pull = 0.1 / (1 + Math.exp(0.1 * margin));
        loss += (Math.log1p(Math.exp(-0.1 * margin)) - Math.log(law[won]!)) / pairs.length;
        for (const response of law.keys()) {
          const slope = (response === won ? 1 : 0) - law[response]!;
          next[id]![response]! +=
            (slope + pull * ((response === won ? 1 : 0) - (response === lost ? 1 : 0))) / pairs.length;
        }
      }
      logits = next;
      step++;
      await onStep(loss, { trainingTokens: 2 * pairs.length }, { batch: 0, training: 0 });
      if (step === dies) throw new Error("the process ended");
      if (step % every === 0 || step === steps) Object.assign(checkpoint, { step, logits });
    }
    return logits;
  };
}
