import { mean } from "@touchstone/stats";
import { openLikelihoodGradient } from "@touchstone/training";
import type { Comparison } from "./comparison.ts";
import type { Contestant } from "./contestants.ts";
import { costOfDraws, costOfRewards, costOfTraining } from "./costs.ts";
import { advantagesOf } from "./group.ts";
import { klOf, timed } from "./measure.ts";
import { seedsOf, settingsOf, type RunSpec } from "./plan.ts";
import { promptsOf } from "./prompts.ts";
import { draw, type Scene } from "./scene.ts";
import { decodingOf } from "./train-run.ts";

/** What one run costs, by what this machine did just now. */
export interface RunCost {
  readonly rollouts: number;
  readonly flops: number;
  /** Of the steps, and of all deployments. */
  readonly trainSeconds: number;
  readonly deploySeconds: number;
}

/** What a world costs from nothing. */
export interface WorldCost {
  readonly trials: number;
  readonly finals: number;
  readonly rollouts: number;
  readonly flops: number;
  readonly seconds: number;
  readonly of: (spec: Pick<RunSpec, "label" | "rollouts" | "role">) => RunCost;
}

/** Prompts of the probe: enough that both workers are busy. */
const PROBE_PROMPTS = 4;
/** Opening the gradient's workers, reading and writing weights. */
const SECONDS_A_RUN = 3;

/** Draws a few rollouts of the base policy, rewards them and takes one gradient, and multiplies. */
export async function estimate(
  scene: Scene,
  world: number,
  comparison: Comparison,
  contestants: readonly Contestant[],
): Promise<WorldCost> {
  const settings = settingsOf(comparison, contestants).filter((setting) => setting.world === world);
  const probes = new Map<number, Probe>();
  for (const m of new Set(settings.map(({ rollouts }) => rollouts))) probes.set(m, await probe(scene, m, comparison));
  const { training, tuning, deployment } = comparison;
  const deployed = await probe(scene, undefined, comparison);
  const deploySeconds = deployed.drawSeconds + deployed.rewardSeconds + deployed.secondSeconds;
  const deployFlops = deployed.drawFlops + deployed.rewardFlops + deployed.secondFlops;

  const of: WorldCost["of"] = ({ label, rollouts, role }) => {
    const found = probes.get(rollouts)!;
    const contestant = contestants.find((one) => one.label === label)!;
    const target = comparison.deployed[0]!;
    const advantages = found.groups.flatMap((rewards) => [...advantagesOf(rewards, contestant, target)]);
    const share = mean(advantages.map((value) => (value === 0 ? 0 : 1)));
    const each = found.drawSeconds + found.rewardSeconds + share * found.gradientSeconds;
    const measured = (training.klRollouts / rollouts) * found.klSeconds;
    const count = training.steps * training.prompts * rollouts;
    const samples =
      role === "trial"
        ? tuning.problems * tuning.samples
        : deployment.problems * (deployment.samples + (training.checkpoints - 1) * deployment.checkpointSamples);
    return {
      rollouts: count,
      flops: count * (found.drawFlops + found.rewardFlops + share * found.gradientFlops) + samples * deployFlops,
      trainSeconds: SECONDS_A_RUN + count * (each + measured),
      deploySeconds: samples * deploySeconds,
    };
  };
  const seen = new Set<string>();
  let [trials, finals, rollouts, flops] = [0, 0, 0, 0];
  let seconds = deployment.problems * deployment.samples * deploySeconds;
  for (const { label, rollouts: m, deployed: n } of settings) {
    const contestant = contestants.find((one) => one.label === label)!;
    const key = `${label} ${m} ${contestant.dependsOnDeployed(m, comparison.deployed) ? n : ""}`;
    // One run serves every N where it does nothing with it.
    if (seen.has(key)) continue;
    seen.add(key);
    const add = (role: RunSpec["role"], count: number) => {
      const cost = of({ label, rollouts: m, role });
      rollouts += count * cost.rollouts;
      flops += count * cost.flops;
      seconds += count * (cost.trainSeconds + cost.deploySeconds);
    };
    add("trial", tuning.rates.length);
    add("final", seedsOf(comparison.worlds[world]!, contestant).length);
    trials += tuning.rates.length;
    finals += seedsOf(comparison.worlds[world]!, contestant).length;
  }
  return { trials, finals, rollouts, flops, seconds, of };
}

/** Seconds and FLOPs of one sample. */
interface Probe {
  readonly groups: readonly Float64Array[];
  readonly drawSeconds: number;
  readonly rewardSeconds: number;
  readonly secondSeconds: number;
  readonly klSeconds: number;
  readonly gradientSeconds: number;
  readonly drawFlops: number;
  readonly rewardFlops: number;
  readonly secondFlops: number;
  readonly gradientFlops: number;
}

/** `m` undefined: as deployments draw. */
async function probe(scene: Scene, m: number | undefined, comparison: Comparison): Promise<Probe> {
  const policy = m === undefined ? scene.deployed : await scene.rollouts(m);
  const count = m ?? 64;
  const problems = promptsOf(scene.dataset.problems("train"), 0, 0, PROBE_PROMPTS);
  const decoding = decodingOf(comparison);
  const samples = PROBE_PROMPTS * count;
  const once = () => draw(policy, problems, { count, seed: comparison.tuning.seed, decoding });
  // The first run of anything also opens it.
  await once();
  const drawing = await fastest(once);
  const drawn = drawing.value;
  const pairs = drawn.flatMap(({ problem, samples: own }) =>
    own.map(({ text }) => ({ messages: problem.messages, response: { text } })),
  );
  await scene.reward.reward(pairs);
  const rewarding = await fastest(() => scene.reward.reward(pairs));
  const values = Float64Array.from(rewarding.value, ({ value }) => value);
  const known = {
    groups: problems.map((_, i) => values.slice(i * count, (i + 1) * count)),
    drawSeconds: drawing.seconds / samples,
    rewardSeconds: rewarding.seconds / samples,
    drawFlops: costOfDraws(drawn, scene.size).flops! / samples,
    rewardFlops: costOfRewards(rewarding.value, scene.reward.size).flops! / samples,
  };
  if (m === undefined) {
    await scene.second.reward(pairs);
    const second = await fastest(() => scene.second.reward(pairs));
    const secondFlops = costOfRewards(second.value, scene.second.size).flops! / samples;
    const none = { klSeconds: 0, gradientSeconds: 0, gradientFlops: 0 };
    return { ...known, ...none, secondSeconds: second.seconds / samples, secondFlops };
  }
  await klOf(drawn, count, scene);
  const scoring = await fastest(() => klOf(drawn, count, scene));
  const rows = drawn.flatMap(({ problem, samples: own }) => {
    const prompt = policy.promptTokens(problem.messages);
    return own.map(({ tokens }) => ({ tokens: Int32Array.from([...prompt, ...tokens]) }));
  });
  const gradientSeconds = await secondsOfGradient(scene, rows);
  const lengths = rows.map(({ tokens }) => tokens.length);
  return {
    ...known,
    secondSeconds: 0,
    secondFlops: 0,
    klSeconds: scoring.seconds / samples,
    gradientSeconds: gradientSeconds / samples,
    gradientFlops: costOfTraining(lengths, scene.size).flops! / samples,
  };
}

async function secondsOfGradient(
  { config, weights, device }: Scene,
  rows: readonly { readonly tokens: Int32Array }[],
): Promise<number> {
  await using engine = await openLikelihoodGradient({ config, weights, device });
  const into = new Float32Array(engine.parameters.length);
  const ones = rows.map(({ tokens }) => new Float32Array(tokens.length).fill(1 / rows.length));
  await engine.gradient(rows, ones, into);
  return (await fastest(() => engine.gradient(rows, ones, into))).seconds;
}

/** The faster of two: what else the machine does for a moment is no cost of ours. */
async function fastest<T>(work: () => Promise<T>) {
  const [first, second] = [await timed(work), await timed(work)];
  return second.seconds < first.seconds ? second : first;
}
