import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BENCH_SHAPE, writeFixtureModel } from "@touchstone/inference/fixture";
import { loadDataset } from "@touchstone/tasks";
import type { ChatMessage } from "@touchstone/core";
import { exportStandard } from "./standard-export.ts";

export const ROOT = join(import.meta.dirname, "..", "..", "..");

/** A model, a prompt and a length: what both engines are timed on. */
export interface Workload {
  /** Model's name in the results. */
  readonly model: string;
  readonly folder: string;
  readonly messages: readonly ChatMessage[];
  /** Cap on new tokens; where responses never end by themselves, their length. */
  readonly newTokens: number;
}

/** The fixture: 4 layers, width 128, 4 heads, mlp 344, 64 tokens; a prompt of 24 tokens, 64 new ones, no early end. */
export const FIXTURE_PROMPT = "abcdefghijklmnopqrstuv";

/** Model folders that exist while the measurement runs. */
export async function withWorkloads<T>(
  use: (workloads: {
    readonly fixture: Workload;
    readonly geometric: Workload;
    readonly arith: Workload | undefined;
  }) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), "touchstone-bench-"));
  try {
    const fixture = join(root, "fixture");
    await writeFixtureModel(fixture, BENCH_SHAPE, { end: false });
    await exportStandard(fixture, fixture);
    const geometric = join(root, "geometric");
    // A nearly flat law over 64 tokens, one of which ends the response: lengths are geometric with a mean near 64.
    await writeFixtureModel(geometric, BENCH_SHAPE, { spread: 0.3 });
    const messages = [{ role: "user" as const, content: FIXTURE_PROMPT }];
    return await use({
      fixture: { model: "fixture", folder: fixture, messages, newTokens: 64 },
      geometric: { model: "fixture-geometric", folder: geometric, messages, newTokens: 192 },
      arith: await arithWorkload(root),
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** The built-in policy on its first test problem, as it is used: at most 96 tokens, ended by the end token. */
async function arithWorkload(root: string): Promise<Workload | undefined> {
  const trained = join(ROOT, "models", "arith");
  if (!existsSync(join(trained, "model.safetensors"))) return undefined;
  const folder = join(root, "arith");
  await mkdir(folder);
  for (const name of [
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "model.safetensors",
  ]) {
    await symlink(join(trained, name), join(folder, name));
  }
  await exportStandard(trained, folder);
  const [problem] = (await loadDataset(join(ROOT, "datasets"), "arith")).problems("test");
  return { model: "arith", folder, messages: problem!.messages, newTokens: 96 };
}
