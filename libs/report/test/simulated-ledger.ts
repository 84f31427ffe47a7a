import type { LedgerRow, RunResults } from "@touchstone/core";

/** As if a run's weighted vote had learned from 20 labelled problems and then been tuned: what each of the three spent. */
export function ledgerOf(run: RunResults): LedgerRow[] {
  const cell = run.results.findLast(({ method }) => method === "weighted-vote")!;
  const { suite, dataset, split, model, decoding, method, parameters, parameters_source, reward_model } = cell;
  const about = { suite, dataset, split, model, decoding, method, parameters, parameters_source, reward_model };
  const { budget_unit, budget, problems } = cell;
  const spent = (of: number) => ({
    samples: of,
    prompt_tokens: 10 * of,
    completion_tokens: 30 * of,
    reward_tokens: 40 * of,
    extra_forward_tokens: of,
    training_tokens: 0,
    flops: 1000 * of,
  });
  const row = { ...about, budget_unit, budget, problems, seeds: 1, trials: 1 };
  return [
    { ...row, purpose: "decide", ...spent(problems * budget) },
    { ...row, split: "train", purpose: "learn", problems: 20, ...spent(20 * budget) },
    { ...row, split: "validation", purpose: "tune", problems: 200, trials: 8, ...spent(8 * 200 * budget) },
  ];
}
