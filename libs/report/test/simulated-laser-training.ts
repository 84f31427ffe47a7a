import type { LaserEvaluationRow, LaserTrainingResults } from "@touchstone/core";
import { manifest } from "./simulated-looks.ts";
import { simulatedPool } from "./simulated-pool.ts";

const FLAW = "likes long answers";
const MODELS = ["careful", "hasty", "long"] as const;
/** What each rule adds to the gold of .4 over all iterations, and of which model it asks at every step (empty: all). */
const RULES = [
  { rule: "laser", noise: 0, gain: 0.2, asks: "careful" },
  { rule: "best", noise: 0, gain: 0.3, asks: "careful" },
  { rule: "random", noise: 0, gain: 0.2, asks: "hasty" },
  { rule: "score-ensemble", noise: 0, gain: 0.05, asks: "" },
  { rule: "laser", noise: 0.3, gain: 0.1, asks: "long" },
] as const;
const ITERATIONS = 4;
const STEPS = 2;
/** Of seed s every gold is so much higher, and what a rule gains is so much more. */
const SHIFTS = [0, 0.02, 0.04, 0.06, 0.08];
const EXTRA = [-0.01, 0.01, 0, -0.02, 0.02];

const SCENE = { experiment: "simulated", dataset: "instruct", policy: "instruct" };

/**
 * An experiment whose golds are on straight lines: every seed adds its own shift, and all rules but laser an extra that sums to 0 over the
 * five seeds. The same call gives the same results.
 */
export function simulatedLaserTraining({ seeds = 5, smoke = false } = {}): LaserTrainingResults {
  const made = manifest(["arith-blind"], simulatedPool(1, 1, 1), [1]);
  const policy = made.models.filter(({ role }) => role === "policy");
  const sample = made.models.find(({ role }) => role === "reward-model")!;
  const rewardModels = MODELS.map((name) => ({ ...sample, name, planted: name === "long" ? FLAW : null }));
  const runs = Array.from({ length: seeds }, (_, seed) => seed).flatMap((seed) =>
    RULES.map((one) => ({ ...one, seed })),
  );
  const columns = ({ rule, noise, seed }: Pick<(typeof runs)[number], "rule" | "noise" | "seed">) => ({
    ...SCENE,
    planted: `long: ${FLAW}`,
    rule,
    noise,
    learning_rate: 0.0003,
    role: "final" as const,
    seed,
  });
  const spent = (iteration: number, asks: string) => ({
    drawn_samples: 100 * iteration,
    prompt_tokens: 100 * iteration,
    completion_tokens: 1000 * iteration,
    reward_tokens: (asks === "" ? MODELS.length : 1) * 1000 * iteration,
    extra_forward_tokens: 10 * iteration,
    training_tokens: 500 * iteration,
    flops: 1e9 * iteration,
    seconds: 2 * iteration,
  });
  const evaluation = (
    run: (typeof runs)[number],
    iteration: number,
    metric: string,
    estimate: number,
  ): LaserEvaluationRow => ({
    ...columns(run),
    iteration,
    steps: iteration * STEPS,
    metric,
    estimate,
    split: "test",
    problems: metric === "earned" ? 0 : 20,
    samples: metric === "earned" ? 0 : 8,
    ...spent(iteration, run.asks),
  });
  const goldOf = ({ rule, gain, seed }: (typeof runs)[number], iteration: number): number =>
    0.4 + SHIFTS[seed]! + ((gain + (rule === "laser" || iteration === 0 ? 0 : EXTRA[seed]!)) * iteration) / ITERATIONS;
  const trials = [0.0001, 0.0003].map((rate) => ({
    ...evaluation(runs[0]!, ITERATIONS, "gold", 0.3 + rate),
    role: "trial" as const,
    learning_rate: rate,
    seed: 1_000_000,
    split: "validation",
  }));
  return {
    manifest: {
      version: 1,
      experiment: "simulated",
      description: "Four rules over three reward models, not trained but simulated.",
      smoke,
      touchstone: made.touchstone,
      argv: ["train", "simulated"],
      machine: made.machine,
      models: [...policy, ...rewardModels],
      experiment_resolved: { name: "simulated" },
      started: "2026-11-20T10:00:00.000Z",
      ended: "2026-11-20T11:00:00.000Z",
    },
    evaluations: [
      ...trials,
      ...runs.flatMap((run) => [
        ...Array.from({ length: ITERATIONS + 1 }, (_, i) => evaluation(run, i, "gold", goldOf(run, i))),
        ...Array.from({ length: ITERATIONS + 1 }, (_, i) => evaluation(run, i, "response_tokens", 20 + i)),
        ...(run.rule === "laser"
          ? Array.from({ length: ITERATIONS }, (_, i) => evaluation(run, i + 1, "earned", 0.5 + 0.05 * i))
          : []),
        evaluation(run, ITERATIONS, "best_of_32", goldOf(run, ITERATIONS) + 0.1),
      ]),
    ],
    steps: runs.flatMap((run) =>
      Array.from({ length: ITERATIONS * STEPS }, (_, step) => {
        // The bandit asks another model in the second step of every iteration.
        const asks = run.rule === "laser" && run.noise === 0 && step % STEPS === 1 ? "hasty" : run.asks;
        return {
          ...columns(run),
          step,
          reward_model: asks,
          asked_planted: asks === "long" ? FLAW : null,
          loss: 1 - 0.05 * step,
          earned: run.rule === "laser" ? 0.5 : null,
          pairs: 10,
          reward_tokens: 100,
          training_tokens: 100,
          batch_seconds: 1,
          training_seconds: 0.5,
        };
      }),
    ),
    ranking: MODELS.map((name, i) => ({
      ...SCENE,
      reward_model: name,
      planted: name === "long" ? FLAW : null,
      rank: i + 1,
      gold: 0.6 - 0.1 * i,
      deviation: 1 + i,
      problems: 10,
      samples: 30,
    })),
    votes: [],
  };
}
