import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Conducted, ConductedScene } from "../../src/post-training/conduct.ts";
import { deployedProblems } from "../../src/post-training/deploy.ts";
import { tablesOf } from "../../src/post-training/tables.ts";
import { comparison, conductTiny } from "./tiny.ts";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let base: string;
let whole: ConductedScene;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "touchstone-post-training-"));
  whole = await conductTiny(join(base, "whole"));
});
afterAll(() => rm(base, { recursive: true, force: true }));

/** Everything of a run that is not time. */
function contentOf({ name, record, steps, deployments }: Conducted) {
  const timeless = steps.map(({ spent, ...step }) => ({
    ...step,
    flops: Object.values(spent).map(({ flops }) => flops),
  }));
  return { name, record, steps: timeless, deployments: [...deployments].map(([step, one]) => [step, one.problems]) };
}

function runsOf({ settings }: ConductedScene): Conducted[] {
  return settings.flatMap(({ trials, finals }) => [...trials, ...finals]);
}

/** Runs the comparison in a process of its own and ends it at the first line of this kind, as a power cut would. */
async function killedAt(folder: string, line: string): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "child-conduct.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let seen = false;
  for await (const said of createInterface({ input: child.stdout })) {
    if (said !== line) continue;
    seen = true;
    child.kill("SIGKILL");
    break;
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(seen).toBe(true);
}

test("a comparison that was killed within a run and within a deployment goes on to the same end", async () => {
  const folder = join(base, "killed");
  // Step 3 of 4: after the checkpoint of step 2, so that a step is made again.
  await killedAt(folder, "tea final train 3 made");
  await killedAt(folder, "dpo final deploy 4 made");
  const heard: string[] = [];
  const again = await conductTiny(folder, ({ spec, doing, step, found }) => {
    heard.push(`${spec?.label ?? "base"} ${spec?.role ?? ""} ${doing} ${step} ${found ? "found" : "made"}`);
  });
  expect(runsOf(again).map(contentOf)).toEqual(runsOf(whole).map(contentOf));
  expect(again.base.problems).toEqual(whole.base.problems);
  // Nothing that was finished was made again.
  expect(heard.filter((line) => line.endsWith("made") && line.includes(" train "))).toEqual([]);
  expect(heard).toContain("tea final deploy 4 found");
});

test("a finished comparison is read, not made", async () => {
  const heard: boolean[] = [];
  const again = await conductTiny(join(base, "whole"), ({ found }) => heard.push(found));
  expect(heard.every(Boolean)).toBe(true);
  expect(runsOf(again)).toEqual(runsOf(whole));
});

test("all rows train on the same prompts with the same random numbers, from the same policy", () => {
  const [first, second] = whole.settings.map(({ finals }) => finals[0]!.steps[0]!);
  expect(first!.reward).toBe(second!.reward);
  expect(first!.entropy).toBe(second!.entropy);
  // Before the first step the policy is the base policy.
  expect(Math.abs(first!.kl)).toBeLessThan(1e-3);
  expect(first!.spent.rollout).toMatchObject({ samples: 8 });
});

test("only rollouts with an advantage are trained on, and dpo on two of each group", () => {
  const [tea, dpo] = whole.settings.map(({ finals }) => finals[0]!.steps);
  // The top 4 of 4; the lowest of them has advantage 0.
  for (const { trainedShare } of tea!) expect(trainedShare).toBeLessThanOrEqual(3 / 4);
  for (const { trainedShare } of dpo!) expect(trainedShare).toBe(2 / 4);
});

test("training moves the policy: another reward and a KL that is not 0 on the same random numbers", () => {
  const before = deployedProblems(whole.base);
  for (const { finals } of whole.settings) {
    const last = [...finals[0]!.deployments.values()].at(-1)!;
    expect(last.problems.map(({ id }) => id)).toEqual(whole.base.problems.map(({ id }) => id));
    expect(last.problems.some(({ kl }) => kl !== 0)).toBe(true);
    expect(deployedProblems(last)[0]!.rewards).not.toEqual(before[0]!.rewards);
  }
});

test("the weights of moments are kept for what is reported, those of trials are not", async () => {
  const runs = join(base, "whole", "runs");
  for (const { trials, finals } of whole.settings) {
    const files = async ({ name }: Conducted) =>
      (await readdir(join(runs, name))).filter((file) => file.startsWith("policy-"));
    expect(await files(finals[0]!)).toEqual(["policy-2.safetensors", "policy-4.safetensors"]);
    expect(await files(trials[0]!)).toEqual([]);
  }
});

test("the tables hold every run, and their numbers are those of the records", () => {
  const tables = tablesOf([whole], comparison);
  expect(tables.policies.map(({ row, role }) => `${row} ${role}`)).toEqual([
    "base base",
    "tea trial",
    "tea final",
    "dpo trial",
    "dpo final",
  ]);
  const tea = tables.policies.find(({ row, role }) => row === "tea" && role === "final")!;
  const record = whole.settings[0]!.finals[0]!.deployments.get(4)!;
  const rewards = deployedProblems(record).map(
    ({ rewards: values }) => values.reduce((a, b) => a + b, 0) / values.length,
  );
  expect(tea.j_1).toBeCloseTo(rewards.reduce((a, b) => a + b, 0) / rewards.length, 5);
  const effect = tables.effects.find(
    ({ left, right, metric, at }) => left === "tea" && right === "base" && metric === "j_1" && at === "chosen-rate",
  )!;
  const untrained = tables.policies[0]!;
  expect(effect.effect).toBeCloseTo((tea.j_1! - untrained.j_1!) / tea.reward_sd!, 5);
  expect(effect).toMatchObject({ unit: "problem", descriptive: true });
  const spent = tables.ledger.find(
    ({ row, role, purpose }) => row === "tea" && role === "final" && purpose === "rollout",
  )!;
  expect(spent.samples).toBe(4 * 2 * 4);
  expect(tables.payOff.every(({ training_flops: flops }) => flops > 0)).toBe(true);
});
