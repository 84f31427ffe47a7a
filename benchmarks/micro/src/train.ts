/** `npm run bench:train`: what a policy-gradient step costs, part by part, and whether its memory stays flat. */
import { mkdir, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openLikelihoodGradient, trainPolicyGradient } from "@touchstone/training";
import type { OptimizerOptions, PolicyRow, TokenRow } from "@touchstone/training";
import { matmulCeiling } from "./ceiling.ts";
import { machine } from "./machine.ts";
import { median } from "./measure.ts";
import { readTraining, TRAIN_FILE, writePerformancePage } from "./page.ts";
import { trainMemory } from "./train-memory.ts";
import { trainTable } from "./train-report.ts";
import type { TrainReport, TrainRow } from "./train-report.ts";
import { Turns } from "./turns.ts";
import { drawGroups, openScene, policyRows, rewardGroups } from "./train-workload.ts";
import type { Group, Scene } from "./train-workload.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    memory: { type: "string", default: "2000" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const memorySteps = Number(values.memory);
if (values.help || !(Number.isSafeInteger(rounds) && rounds >= 1 && Number.isSafeInteger(memorySteps))) {
  console.log(
    "npm run bench:train -- [--rounds 5] [--memory 2000: steps of the memory's measurement, 0 to keep the last] [--write: keep the result and renew docs/performance.md]",
  );
  process.exit(values.help ? 0 : 2);
}

const PROMPTS = 16;
const ROLLOUTS = 16;
/** As the comparison of trained policies has it, but for a rate so small that all rounds measure the same policy. */
const OPTIMIZER: OptimizerOptions = { schedule: { kind: "constant", peak: 1e-6 }, averageDecay: 0 };

const began = loadavg()[0]!;
const note = (text: string): unknown => process.stderr.write(`${text}\n`);
const seconds = (from: number): number => (performance.now() - from) / 1000;

const report = await measure();
console.log(trainTable(report));
if (values.write) {
  await mkdir(join(TRAIN_FILE, ".."), { recursive: true });
  await writeFile(TRAIN_FILE, `${JSON.stringify(report, null, 2)}\n`);
  await writePerformancePage();
}

async function measure(): Promise<TrainReport> {
  await using scene = await openScene(ROLLOUTS);
  const seen: Seen = { drawn: [], rewarded: [], prompt: [], response: [] };
  const turns = new Turns();
  const rows = await Promise.all([
    measureStep(scene, turns, "onnx", 1, seen),
    measureStep(scene, turns, "onnx", 0.25, seen),
    measureStep(scene, turns, "jax", 0.25, seen),
  ]);
  note("forward passes");
  const groups = await drawGroups(scene, { step: 0, prompts: PROMPTS, rollouts: ROLLOUTS });
  const { rewards } = await rewardGroups(scene, groups);
  const { engine: engineForward, ...trainingForward } = await forwardSpeeds(
    scene,
    groups,
    policyRows(scene, groups, rewards, 1),
  );
  note("matrix products");
  const matmulGflops = await matmulCeiling();
  if (memorySteps > 0) note(`memory over ${memorySteps} steps`);
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    rounds,
    prompts: PROMPTS,
    rollouts: ROLLOUTS,
    promptTokens: mean(seen.prompt),
    responseTokens: mean(seen.response),
    drawnPerSecond: median(seen.drawn),
    rewardedPerSecond: median(seen.rewarded),
    engineForward,
    trainingForward,
    matmulGflops,
    flopsPerToken: 2 * scene.policy.size.active,
    rows,
    memory: memorySteps > 0 ? await trainMemory(scene, memorySteps) : (readTraining()?.memory ?? null),
    load: [began, loadavg()[0]!],
  };
}

interface Seen {
  readonly drawn: number[];
  readonly rewarded: number[];
  readonly prompt: number[];
  readonly response: number[];
}

/** Steps by the trainer itself, in turns with others; the first is not counted, it opens and compiles. */
async function measureStep(
  scene: Scene,
  turns: Turns,
  backend: "onnx" | "jax",
  entering: number,
  seen: Seen,
): Promise<TrainRow> {
  const parts = { replace: [], rollout: [], reward: [], gradient: [], rest: [] } as Record<string, number[]>;
  const speeds: number[] = [];
  let batch = { replace: 0, rollout: 0, reward: 0 };
  await trainPolicyGradient({
    config: scene.start.config,
    initial: scene.start.weights,
    steps: rounds + 1,
    optimizer: OPTIMIZER,
    backend,
    batch: async (step, weights) => {
      await turns.take();
      let from = performance.now();
      await scene.policy.replaceWeights(weights);
      const replace = seconds(from);
      from = performance.now();
      const groups = await drawGroups(scene, { step, prompts: PROMPTS, rollouts: ROLLOUTS });
      const rollout = seconds(from);
      from = performance.now();
      const { rewards, tokens } = await rewardGroups(scene, groups);
      const reward = seconds(from);
      batch = { replace, rollout, reward };
      const rows = policyRows(scene, groups, rewards, entering);
      if (step > 0) look(seen, rows, rollout, tokens / reward);
      return { prompts: PROMPTS, rows };
    },
    onStep: ({ step, gradientTokens, batchSeconds, gradientSeconds, seconds: all }) => {
      turns.pass();
      if (step === 1) return;
      for (const [name, value] of Object.entries(batch)) parts[name]!.push(value);
      parts["gradient"]!.push(gradientSeconds);
      parts["rest"]!.push(all - batchSeconds - gradientSeconds);
      speeds.push(gradientTokens / gradientSeconds);
      const drawn = batch.replace + batch.rollout + batch.reward;
      note(
        `${backend} ${entering}, step ${step}: ${drawn.toFixed(2)} s of batch, ${gradientSeconds.toFixed(2)} of gradient`,
      );
    },
  });
  const of = (name: string): number => median(parts[name]!);
  return {
    backend,
    entering,
    seconds: {
      replace: of("replace"),
      rollout: of("rollout"),
      reward: of("reward"),
      gradient: of("gradient"),
      rest: of("rest"),
    },
    gradientTokensPerSecond: median(speeds),
  };
}

function look(seen: Seen, rows: readonly PolicyRow[], rollout: number, rewardedPerSecond: number): void {
  const response = rows.map(({ tokens, promptLength }) => tokens.length - promptLength);
  seen.response.push(mean(response));
  seen.prompt.push(mean(rows.map(({ promptLength }) => promptLength)));
  seen.drawn.push(response.reduce((sum, value) => sum + value, 0) / rollout);
  seen.rewarded.push(rewardedPerSecond);
}

/** Tokens per second of teacher-forced passes over the rows, in turns: the engine's, and training's by backend. */
async function forwardSpeeds(scene: Scene, groups: readonly Group[], rows: readonly TokenRow[]) {
  const { config, weights } = scene.start;
  await using onnx = await openLikelihoodGradient({ config, weights, backend: "onnx" });
  await using jax = await openLikelihoodGradient({ config, weights, backend: "jax" });
  const pairs = groups.flatMap(({ problem: { messages }, samples }) =>
    samples.map(({ text, tokens }) => ({ messages, response: { text, tokens } })),
  );
  const passes = {
    engine: () => scene.policy.score(pairs),
    onnx: () => onnx.logProbabilities(rows),
    jax: () => jax.logProbabilities(rows),
  };
  const tokens = rows.reduce((sum, row) => sum + row.tokens.length, 0);
  const speeds = { engine: [] as number[], onnx: [] as number[], jax: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    for (const name of ["engine", "onnx", "jax"] as const) {
      const from = performance.now();
      await passes[name]();
      if (round > 0) speeds[name].push(tokens / seconds(from));
    }
  }
  return { engine: median(speeds.engine), onnx: median(speeds.onnx), jax: median(speeds.jax) };
}

function mean(list: readonly number[]): number {
  return list.reduce((sum, value) => sum + value, 0) / list.length;
}
