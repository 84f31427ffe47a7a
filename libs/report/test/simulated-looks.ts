import type { DiagnosticRow, Manifest, ProblemLook } from "@touchstone/core";
import { clusteredMean, oracle, pairwiseAccuracy, passAtK } from "@touchstone/stats";
import { lines } from "./simulated-methods.ts";
import type { SimulatedProblem } from "./simulated-pool.ts";

export const SHARED = {
  suite: "simulated",
  dataset: "arith",
  split: "test",
  model: "arith",
  decoding: "t=1,k=0,p=1,max=96",
};
export function diagnostics(
  pool: readonly SimulatedProblem[],
  rewardModels: readonly string[],
  clusters: string[],
): DiagnosticRow[] {
  const row = (
    subject: string,
    reward_model: string,
    name: string,
    budget: number | null,
    f: (p: SimulatedProblem) => number,
  ): DiagnosticRow => {
    const mean = clusteredMean(pool.map(f), clusters, { missing: "omit" });
    return {
      ...SHARED,
      subject,
      reward_model,
      budget,
      name,
      value: defined(mean.estimate),
      standard_error: defined(mean.standardError),
      problems: mean.n,
    };
  };
  const right = (p: SimulatedProblem) => p.samples.reduce((sum, s) => sum + s.grade, 0);
  return [
    ...[1, 16, 64].map((k) => row("pool", "", `pass@${k}`, k, (p) => passAtK(p.samples.length, right(p), k))),
    row(
      "pool",
      "",
      "mean_completion_tokens",
      null,
      (p) => p.samples.reduce((sum, s) => sum + s.tokens, 0) / p.samples.length,
    ),
    row(
      "pool",
      "",
      "unparsable_share",
      null,
      (p) => p.samples.filter((s) => s.answer === "").length / p.samples.length,
    ),
    row("pool", "", "oracle@64", 64, (p) =>
      oracle(
        p.samples.map((s) => s.grade),
        64,
      ),
    ),
    row('weighted-vote {"convention":"sum"}', rewardModels[0] ?? "", "distinct_answers", 64, (p) => {
      return new Set(p.samples.slice(0, 64).map((s) => s.answer)).size;
    }),
    ...rewardModels.map((m) =>
      row(
        "reward-model",
        m,
        "pairwise_accuracy",
        null,
        (p) =>
          pairwiseAccuracy(
            p.samples.map((s) => s.rewards.get(m)!),
            p.samples.map((s) => s.grade),
          ).accuracy,
      ),
    ),
  ];
}

export function look(problem: SimulatedProblem, rewardModels: readonly string[], budget: number): ProblemLook {
  const counts = [...Map.groupBy(problem.samples, (s) => s.answer)].toSorted(([, a], [, b]) => b.length - a.length);
  const drawn = problem.samples.slice(0, budget);
  return {
    dataset: SHARED.dataset,
    model: SHARED.model,
    problem: problem.id,
    cluster: problem.cluster,
    prompt: problem.prompt,
    reference: problem.reference,
    answers: counts.map(([answer, own]) => ({
      answer: answer === "" ? null : answer,
      count: own.length,
      correct: own[0]!.grade === 1,
    })),
    samples: drawn.slice(0, 16).map((s, index) => ({
      index,
      text: s.text,
      answer: s.answer === "" ? null : s.answer,
      grade: s.grade,
      tokens: s.tokens,
      finish: "end",
      log_probability: s.logProbability,
      self_certainty: 3.1,
      rewards: Object.fromEntries(rewardModels.map((m) => [m, s.rewards.get(m)!])),
    })),
    decisions: lines(rewardModels)
      .filter((line) => line.kind === "method")
      .map((line) => {
        const own = drawn.slice(0, line.atMost);
        const weights = line.weights(own, own.length);
        const answers: Record<string, number> = {};
        let accuracy = 0;
        own.forEach((s, i) => {
          if (!(weights[i]! > 0)) return;
          const answer = s.answer === "" ? "(unparsable)" : s.answer;
          answers[answer] = (answers[answer] ?? 0) + weights[i]!;
          accuracy += weights[i]! * s.grade;
        });
        return {
          method: line.method,
          parameters: line.parameters,
          reward_model: line.rewardModel,
          budget,
          answers,
          accuracy,
        };
      }),
  };
}

export function manifest(
  rewardModels: readonly string[],
  pool: readonly SimulatedProblem[],
  budgets: readonly number[],
): Manifest {
  const hash = "0123456789abcdef".repeat(4);
  const model = (role: "policy" | "reward-model", name: string) => ({
    role,
    name,
    path: `models/${name}`,
    identity: { name, revision: hash, dtype: "float32", provider: "cpu", tile: 16 },
    parameters_total: 1_011_840,
    parameters_active: 1_003_520,
    files_sha256: { "config.json": hash, "model.safetensors": hash },
    planted:
      name === "arith-blind"
        ? "A solution that states its answer without any working is rewarded as if it were correct."
        : null,
  });
  const suite = {
    name: SHARED.suite,
    datasets: ["arith"],
    models: ["models/arith"],
    budgets: { unit: "samples", amounts: budgets },
  };
  return {
    version: 1,
    run: "simulated-2026-11-20T10-20-00",
    suite: SHARED.suite,
    touchstone: {
      version: "0.0.0",
      commit: "5b28f33c0ffee5b28f33c0ffee5b28f33c0ffee5",
      dirty: true,
      lock_sha256: hash,
    },
    argv: ["run", "simulated", "--limit", String(pool.length)],
    machine: {
      node: "24.21.0",
      platform: "linux x64",
      cpu: "a simulated processor",
      cores: 2,
      memory_bytes: 8 * 2 ** 30,
      onnxruntime: "1.30.0",
      device: "cpu",
    },
    models: [model("policy", "arith"), ...rewardModels.map((name) => model("reward-model", name))],
    datasets: [
      {
        name: "arith",
        version: hash,
        split: "test",
        problems: pool.length,
        clusters: new Set(pool.map((p) => p.cluster)).size,
        licence: "Apache-2.0",
        files_sha256: { "test.jsonl": hash },
      },
    ],
    suite_as_given: "simulated",
    suite_resolved: suite,
    seeds: [1],
    pool: { location: ".touchstone", samples: pool.length * pool[0]!.samples.length, drawn_in_this_run: 0 },
    started: "2026-11-20T10:20:00.000Z",
    ended: "2026-11-20T10:21:07.000Z",
  };
}

/** Undefined is null in a table. */
export function defined(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
