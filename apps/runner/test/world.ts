import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFixtureModel } from "@touchstone/inference/fixture";

const SHAPE = { layers: 1, width: 32, heads: 2, mlp: 64, vocabulary: 80 };

/** A policy and a reward model with random weights, and a dataset of `PROBLEMS` sums, in a temporary folder. */
export interface World extends Disposable {
  readonly folder: string;
  readonly policy: string;
  readonly reward: string;
  /** The dataset's manifest. */
  readonly dataset: string;
  readonly pool: string;
  readonly out: string;
  /** Flags that say what to compare; without folders. */
  readonly what: readonly string[];
  /** Flags that say where runs and samples go. */
  readonly where: readonly string[];
}

export const PROBLEMS = 60;

export async function makeWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-cli-"));
  const [policy, reward] = [join(folder, "models", "policy"), join(folder, "models", "reward")];
  await writeFixtureModel(policy, SHAPE, { seed: 1 });
  await writeFixtureModel(reward, SHAPE, { seed: 2, kind: "classifier" });
  const dataset = writeDataset(join(folder, "data"));
  const [pool, out] = [join(folder, "pool"), join(folder, "runs")];
  return {
    folder,
    policy,
    reward,
    dataset,
    pool,
    out,
    what: [
      `--model=${policy}`,
      `--reward-model=${reward}`,
      `--dataset=${dataset}`,
      "--methods=single-sample,best-of-n",
      "--budgets=1,4",
      "--limit=4",
      "--max-tokens=16",
      "--name=tiny",
    ],
    where: ["--pool", pool, "--out", out],
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function writeDataset(folder: string): string {
  mkdirSync(folder);
  const lines = Array.from({ length: PROBLEMS }, (_, i) =>
    JSON.stringify({ id: `sum-${i}`, prompt: `${i} + 1 = ?`, answer: String(i + 1), kind: `kind-${i % 5}` }),
  );
  const text = `${lines.join("\n")}\n`;
  writeFileSync(join(folder, "sums.jsonl"), text);
  const manifest = {
    name: "sums",
    description: "Sums with one.",
    source: "written by a test",
    revision: "1",
    licence: "CC0-1.0",
    splits: {
      test: { path: "sums.jsonl", sha256: createHash("sha256").update(text).digest("hex"), problems: PROBLEMS },
    },
    fields: { id: "id", prompt: "prompt", reference: "answer", cluster: "kind" },
    extractor: "numeric",
    grader: "exact-number",
  };
  const path = join(folder, "sums.json");
  writeFileSync(path, JSON.stringify(manifest));
  return path;
}
