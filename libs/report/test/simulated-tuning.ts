import type { RunResults, TuningRow } from "@touchstone/core";

/**
 * A simulated run whose weighted vote (softmax) was tuned with three trials a reward model: its rows stand a second time, as
 * if validation had chosen another temperature.
 */
export function tunedRun(run: RunResults): RunResults {
  const tuned = run.results.filter(
    (row) => row.method === "weighted-vote" && row.parameters.includes("softmax") && row.kind === "method",
  );
  const budget = Math.max(...tuned.map((row) => row.budget));
  const parametersOf = (own: string, trial: number): string =>
    trial === 0 ? own : JSON.stringify({ beta: trial, ...(JSON.parse(own) as object) });
  const tuning = tuned
    .filter((row) => row.budget === budget && row.metric === "accuracy")
    .flatMap((row) =>
      [0.5, 0.625, 0.75].map((estimate, trial): TuningRow => {
        const { suite, dataset, model, decoding, method, reward_model, budget_unit } = row;
        return {
          suite,
          dataset,
          split: "validation",
          model,
          decoding,
          method,
          reward_model,
          trial,
          parameters: parametersOf(row.parameters, trial),
          chosen: trial === 2,
          budget_unit,
          budget,
          metric: "accuracy",
          estimate,
          standard_error: 0.01,
          problems: 200,
          seeds: 1,
          prompt_tokens: 1,
          completion_tokens: 2,
          reward_tokens: 3,
          rounds: 2,
          flops: 4,
        };
      }),
    );
  const chosen = tuned.map((row) => ({
    ...row,
    parameters: parametersOf(row.parameters, 2),
    parameters_source: "validation" as const,
  }));
  return {
    ...run,
    results: [...run.results, ...chosen],
    tuning,
    manifest: {
      ...run.manifest,
      tuning: {
        split: "validation",
        trials: 3,
        budget,
        budget_unit: "samples",
        objective: "accuracy",
        problems: [{ dataset: tuned[0]!.dataset, problems: 200 }],
        samples: 200,
        flops: 2400,
        chosen: tuning
          .filter((row) => row.chosen)
          .map(({ dataset, model, decoding, method, reward_model, trial, parameters, estimate }) => ({
            dataset,
            model,
            decoding,
            method,
            reward_model,
            trial,
            parameters,
            estimate,
          })),
      },
    },
  };
}
