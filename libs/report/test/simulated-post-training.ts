import { normalMaximumMean, normalQuantile } from "@touchstone/stats";
import type { PostTrainingResults } from "@touchstone/core";
import { manifest } from "./simulated-looks.ts";
import { simulatedPool } from "./simulated-pool.ts";

const SCENE = {
  comparison: "simulated",
  dataset: "instruct",
  policy: "instruct",
  reward_model: "instruct-format",
  planted: null,
};
/** Rewards of the trained policies are normal with these locations and deviations; the base policy's are standard normal. */
const POLICIES = [
  { row: "tea", provenance: "derived", location: 0.5, deviation: 1.2, kl: 2.5 },
  { row: "grpo", provenance: "published", location: 0.9, deviation: 0.9, kl: 2 },
  { row: "prefix-tea", provenance: "reconstruction", location: 0.4, deviation: 1.1, kl: 1.5 },
] as const;
const SEEDS = [0, 1];
const BEST_OF = [1, 4, 16, 64, 256];
const STEPS = 40;

/** A comparison whose best-of-n curves are those of normal rewards. The same call gives the same results. */
export function simulatedPostTraining({ smoke = true }: { smoke?: boolean } = {}): PostTrainingResults {
  const made = manifest(["arith-blind"], simulatedPool(1, 1, 1), [1]);
  const base = {
    ...SCENE,
    row: "base",
    rollouts: 0,
    deployed: 64,
    learning_rate: null,
    role: "base" as const,
    seed: 0,
  };
  const runs = POLICIES.flatMap((policy) => SEEDS.map((seed) => ({ policy, seed })));
  const columns = ({ row }: { readonly row: string }, seed: number, role: "trial" | "final" = "final") => ({
    ...SCENE,
    row,
    rollouts: 16,
    deployed: 64,
    learning_rate: 0.001,
    role,
    seed,
  });
  const bestOf = (location: number, deviation: number, n: number) => location + deviation * normalMaximumMean(n);
  const measured = (location: number, deviation: number, kl: number) => ({
    problems: 20,
    samples: 256,
    j_1: location,
    j_n: bestOf(location, deviation, 64),
    gold_1: 0.5,
    gold_n: 0.55,
    second_1: location / 2,
    second_n: bestOf(location, deviation, 64) / 2,
    reward_sd: 1,
    second_sd: 1,
    kl,
    kl_standard_error: kl / 20,
    entropy: 2,
    response_tokens: 18,
  });
  const policyOf = {
    second_reward_model: "instruct-format-b",
    second_planted: null,
    prompts_per_step: 16,
    split: "test",
  };
  const deployment = (about: object, step: number, kl: number, location: number, deviation: number) =>
    ["reward", "gold", "second_reward"].flatMap((metric) =>
      BEST_OF.map((n) => {
        const value = metric === "gold" ? 0.5 + 0.01 * Math.log2(n) : bestOf(location, deviation, n);
        return {
          ...(about as typeof base),
          step,
          kl,
          metric,
          best_of: n,
          estimate: value,
          standard_error: 0.05,
          ci_low: value - 0.1,
          ci_high: value + 0.1,
          problems: 20,
          clusters: 20,
        };
      }),
    );
  const effect = (left: string, right: string, at: "chosen-rate" | "matched-kl", metric: string, value: number) => ({
    ...SCENE,
    rollouts: 16,
    deployed: 64,
    left,
    right,
    metric,
    at,
    kl: at === "matched-kl" ? 1.5 : null,
    scale: "reward-sd" as const,
    effect: value,
    standard_error: 0.1,
    ci_low: value - 0.2,
    ci_high: value + 0.2,
    p_value: 0.04,
    left_mean: value,
    right_mean: 0,
    unit: "problem" as const,
    n: 20,
    descriptive: true,
  });
  return {
    manifest: {
      version: 1,
      run: "simulated",
      comparison: "simulated",
      description: "Three estimators, not trained but simulated.",
      smoke,
      touchstone: made.touchstone,
      argv: ["train", "simulated"],
      machine: made.machine,
      models: made.models,
      datasets: [{ name: "instruct", version: "1", split: "test", problems: 20, clusters: 20 }],
      comparison_resolved: { name: "simulated" },
      provenance: POLICIES.map(({ row, provenance }) => ({ row, provenance, says: `what is known of ${row}` })),
      warnings: ["max-at-k aims at the best of 16 in groups of 16."],
      started: "2026-11-20T10:00:00.000Z",
      ended: "2026-11-20T11:00:00.000Z",
    },
    policies: [
      {
        ...base,
        ...policyOf,
        provenance: "",
        options: "{}",
        chosen: false,
        state: "finished",
        ...measured(0, 1, 0),
        steps: 0,
        run: "",
      },
      ...runs.flatMap(({ policy, seed }) =>
        (["trial", "final"] as const).map((role) => ({
          ...columns(policy, seed, role),
          ...policyOf,
          provenance: policy.provenance,
          options: "{}",
          chosen: role === "trial",
          state: "finished" as const,
          ...measured(policy.location, policy.deviation, policy.kl),
          steps: STEPS,
          run: `${policy.row}-${seed}`,
        })),
      ),
    ],
    training: runs.flatMap(({ policy, seed }) =>
      ["reward", "kl", "entropy", "gradient_norm", "trained_share"].flatMap((name) =>
        Array.from({ length: STEPS }, (_, i) => ({
          ...columns(policy, seed),
          step: i + 1,
          name,
          value: name === "kl" ? (policy.kl * (i + 1)) / STEPS : (policy.location * i) / STEPS,
        })),
      ),
    ),
    deployment: [
      ...deployment(base, 0, 0, 0, 1),
      ...runs.flatMap(({ policy, seed }) =>
        [0.5, 1].flatMap((share) =>
          deployment(
            columns(policy, seed),
            STEPS * share,
            policy.kl * share,
            policy.location * share,
            1 + (policy.deviation - 1) * share,
          ),
        ),
      ),
    ],
    problems: [{ ...base, metric: "reward", best_of: 64, problem: "one", cluster: "one", estimate: 2 }],
    contrasts: SEEDS.map((seed) => ({
      ...SCENE,
      rollouts: 16,
      deployed: 64,
      left: "tea",
      right: "grpo",
      metric: "j_n",
      at: "matched-kl" as const,
      seed,
      kl: 1.5,
      scale: "reward-sd" as const,
      left_value: 3,
      right_value: 2.9,
    })),
    effects: (["chosen-rate", "matched-kl"] as const).flatMap((at) =>
      ["j_n", "j_1", "gold_n"].flatMap((metric) => [
        effect("tea", "grpo", at, metric, 0.3),
        ...(at === "chosen-rate" ? POLICIES.map(({ row }) => effect(row, "base", at, metric, 0.8)) : []),
      ]),
    ),
    payOff: runs.map(({ policy, seed }) => {
      const { role: _role, ...about } = columns(policy, seed);
      const reached = policy.row === "tea";
      return {
        ...about,
        metric: "reward",
        with_tuning: false,
        training_flops: 1e13,
        state: reached ? ("reached" as const) : ("not reached" as const),
        base_samples: reached ? 180 : null,
        queries: reached ? 900 : null,
        queries_low: reached ? 700 : null,
        queries_high: null,
        not_reached_share: reached ? 0.1 : 1,
        beyond_share: 0,
        resamples: 2000,
      };
    }),
    tail: [
      { about: base, deviation: 1 },
      ...runs.map(({ policy, seed }) => ({ about: columns(policy, seed), ...policy })),
    ].flatMap(({ about, deviation }) =>
      [0.5, 0.75, 0.9, 0.99].map((probability) => ({
        ...about,
        probability,
        normal_quantile: normalQuantile(probability),
        observed_quantile: normalQuantile(probability) * deviation,
        problems: 20,
      })),
    ),
    ledger: runs.flatMap(({ policy, seed }) =>
      (["rollout", "reward", "train", "measure", "deploy"] as const).map((purpose) => ({
        ...columns(policy, seed),
        purpose,
        samples: 100,
        prompt_tokens: 100,
        completion_tokens: 100,
        reward_tokens: 100,
        extra_forward_tokens: 0,
        training_tokens: 100,
        flops: 1e12,
        seconds: 12,
      })),
    ),
  };
}
