import type { Machine } from "./rows.ts";

/** Seconds of the parts of a policy-gradient step; medians over rounds. */
export interface StepSeconds {
  readonly replace: number;
  readonly rollout: number;
  readonly reward: number;
  readonly gradient: number;
  /** AdamW, and what lies between the parts. */
  readonly rest: number;
}

export interface TrainRow {
  readonly backend: "onnx" | "jax";
  /** Share of the rollouts that enter the gradient. */
  readonly entering: number;
  readonly seconds: StepSeconds;
  /** Prompts included; medians over rounds. */
  readonly gradientTokensPerSecond: number;
}

/** Resident memory over a long run, MiB; the program and the engine's workers together. */
export interface MemoryRow {
  readonly date: string;
  readonly steps: number;
  /** Weights handed to the engine, and rollouts drawn with them. */
  readonly replacements: number;
  /** Smallest over the steps of the second tenth, and of the last. */
  readonly early: number;
  readonly late: number;
}

/** What `bench:train` measured, as kept in results/train.json. */
export interface TrainReport {
  readonly date: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly load: readonly [number, number];
  readonly prompts: number;
  readonly rollouts: number;
  /** Means: tokens of a prompt, tokens of a response. */
  readonly promptTokens: number;
  readonly responseTokens: number;
  /** Drawn tokens per second; prompt and response tokens rewarded per second; medians over rounds. */
  readonly drawnPerSecond: number;
  readonly rewardedPerSecond: number;
  /** Prompt and response tokens per second of a forward pass: of the engine (score), and of training by backend. */
  readonly engineForward: number;
  readonly trainingForward: { readonly onnx: number; readonly jax: number };
  readonly matmulGflops: number;
  /** Of one token forward, without attention. */
  readonly flopsPerToken: number;
  readonly rows: readonly TrainRow[];
  readonly memory: MemoryRow | null;
}

const whole = (value: number): string => Math.round(value).toLocaleString("en-US");
const share = (part: number, all: number): string => `${((100 * part) / all).toFixed(1)} %`;

export function trainTable({ rows, engineForward }: TrainReport): string {
  return [
    "| backend | rollouts in the gradient | new weights | rollouts | rewards | gradient | rest | ms a step | gradient tokens/s | of the engine's forward |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows.map(({ backend, entering, seconds, gradientTokensPerSecond: speed }) => {
      const { replace, rollout, reward, gradient, rest } = seconds;
      const all = replace + rollout + reward + gradient + rest;
      const parts = [replace, rollout, reward, gradient, rest].map((part) => share(part, all));
      return `| ${backend} | ${share(entering, 1)} | ${parts.join(" | ")} | ${whole(1000 * all)} | ${whole(speed)} | ${(speed / engineForward).toFixed(3)} × |`;
    }),
  ].join("\n");
}

export function trainSection(report: TrainReport): string {
  const { machine, load, trainingForward, engineForward, matmulGflops, flopsPerToken, memory, rows } = report;
  const ceiling = (matmulGflops * 1e9) / flopsPerToken;
  const best = Math.max(...rows.map((row) => row.gradientTokensPerSecond));
  const replace = Math.max(...rows.map(({ seconds }) => seconds.replace));
  return [
    `Policy instruct, reward model instruct-long; a step draws ${report.rollouts} rollouts for each of ${report.prompts} prompts, in means ${report.promptTokens.toFixed(1)} tokens of`,
    `prompt and ${report.responseTokens.toFixed(1)} of response, rewards them all, takes the policy gradient of those whose advantage is not 0, makes an AdamW step and`,
    `hands the new weights to the engine. Shares of the step by part; medians of ${report.rounds} rounds, in which the rows take turns. New weights: closing the engine's sessions and`,
    `writing the file, at most ${whole(1000 * replace)} ms; the first rollouts afterwards open the sessions anew, which is in their share.`,
    "",
    trainTable(report),
    "",
    `Rollouts: ${whole(report.drawnPerSecond)} drawn tokens/s. Rewards: ${whole(report.rewardedPerSecond)} tokens/s. Forward passes of the same rows: the engine's ${whole(engineForward)} tokens/s,`,
    `training's ${whole(trainingForward.onnx)} (onnx) and ${whole(trainingForward.jax)} (jax). Matrix products reach ${matmulGflops.toFixed(0)} GFLOP/s in this run; at ${(flopsPerToken / 1e6).toFixed(2)} MFLOP a`,
    `token, and three times that forward and backward, the ceilings are ${whole(ceiling)} and ${whole(ceiling / 3)} tokens/s: the engine's forward reaches ${share(engineForward, ceiling)}`,
    `of the first, the fastest gradient ${share(best, ceiling / 3)} of the second. Tokens count for every row; onnx computes a prompt that rows share once, the engine's forward and`,
    "jax for each of them.",
    "",
    memory === null
      ? "Memory over many steps: not measured."
      : `Memory: ${whole(memory.steps)} steps with ${whole(memory.replacements)} replacements of the engine's weights, resident in all processes ${whole(memory.early)} MiB in the second tenth and ${whole(memory.late)} MiB in the last (${memory.date}; of the engine's workers each one's highest so far).`,
    "",
    `Measured on ${report.date}: ${machine.cpu}, ${machine.cores} cores; load average ${load[0].toFixed(1)} at the start and ${load[1].toFixed(1)} at the end.`,
    ...(Math.max(...load) > 2 * machine.cores
      ? ["Other work had most of the machine: shares and ratios can be compared, speeds are lower than it can do."]
      : []),
  ].join("\n");
}
