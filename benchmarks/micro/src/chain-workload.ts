import { join } from "node:path";
import { stream } from "@touchstone/core";
import type { SampleRequest } from "@touchstone/core";
import { BENCH_SHAPE, writeFixtureModel } from "@touchstone/inference/fixture";
import type { FixtureShape } from "@touchstone/inference/fixture";
import { loadDataset } from "@touchstone/tasks";
import { ROOT } from "./workload.ts";

/** Chains of one policy that advance together. */
export interface ChainWorkload {
  readonly model: string;
  readonly folder: string;
  readonly problems: readonly SampleRequest["problem"][];
  /** Cap on a response. */
  readonly newTokens: number;
  /** Rounds of this workload, at most. */
  readonly rounds: number;
}

/** 10 million parameters. */
const LLAMA_10M: FixtureShape = { layers: 8, width: 320, heads: 5, mlp: 864, vocabulary: 512, positions: 1024 };
/** 110 million, with the body of SmolLM2-135M under a smaller vocabulary, of which responses end in about as many tokens. */
const LLAMA_100M: FixtureShape = { layers: 30, width: 576, heads: 9, keyValueHeads: 3, mlp: 1536, vocabulary: 512 };

/** The built-in policy, and random Llamas with longer prompts and more parameters; `scratch` takes their folders. */
export async function* chainWorkloads(scratch: string): AsyncGenerator<ChainWorkload> {
  const problems = (await loadDataset(join(ROOT, "datasets"), "arith")).problems("test");
  for (const chains of [64, 200]) {
    if (problems.length < chains) throw new Error(`the dataset has ${problems.length} test problems only`);
    const folder = join(ROOT, "models", "arith");
    yield { model: "arith", folder, problems: problems.slice(0, chains), newTokens: 96, rounds: Infinity };
  }
  const random = async (model: string, shape: FixtureShape, asked: Asked): Promise<ChainWorkload> => {
    const folder = join(scratch, `${model}-${asked.prompt}`);
    // No end token: the cap alone ends a response, so that kept and drawn parts are halves of it in the mean.
    await writeFixtureModel(folder, shape, { end: false });
    return { model, folder, problems: problemsOf(asked), newTokens: asked.newTokens, rounds: asked.rounds };
  };
  yield await random("0.8 M", BENCH_SHAPE, { chains: 64, prompt: 256, newTokens: 64, rounds: 5 });
  yield await random("10 M", LLAMA_10M, { chains: 16, prompt: 32, newTokens: 64, rounds: 3 });
  yield await random("10 M", LLAMA_10M, { chains: 16, prompt: 256, newTokens: 64, rounds: 3 });
  yield await random("110 M", LLAMA_100M, { chains: 8, prompt: 64, newTokens: 16, rounds: 3 });
}

interface Asked {
  readonly chains: number;
  /** Tokens of a prompt. */
  readonly prompt: number;
  readonly newTokens: number;
  readonly rounds: number;
}

/** Prompts of letters, each its own; the template adds two tokens. */
function problemsOf({ chains, prompt }: Asked): SampleRequest["problem"][] {
  return Array.from({ length: chains }, (_, i) => {
    const random = stream(1, "prompt", i);
    const letters = Array.from({ length: prompt - 2 }, () => String.fromCodePoint(97 + random.integer(26)));
    return { id: `chain ${i}`, messages: [{ role: "user", content: letters.join("") }] };
  });
}
