import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planText } from "@touchstone/evaluation";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { absentOf, planWithAbsent, presentPart } from "../src/dry-run.ts";
import { METHODS } from "../src/methods.ts";
import { knownSize } from "../src/model-sizes.ts";
import { poolToPlanOn } from "../src/pools.ts";
import { checkedSuite } from "../src/suite-flags.ts";
import { readSuite } from "../src/suites.ts";
import { touchstone } from "./cli.ts";

vi.setConfig({ testTimeout: 300_000 });

// Parameters as the hub counts them in the published safetensors files.
test.each([
  ["meta-llama/Llama-3.1-8B-Instruct", 8_030_261_248],
  ["meta-llama/Llama-3.2-1B-Instruct", 1_235_814_400],
  ["mistralai/Mistral-7B-Instruct-v0.3", 7_248_023_552],
  ["HuggingFaceH4/zephyr-7b-alpha", 7_241_732_096],
  ["google/gemma-7b-it", 8_537_680_896],
  ["Qwen/Qwen1.5-7B-Chat", 7_721_324_544],
  ["Qwen/Qwen2.5-7B-Instruct", 7_615_616_512],
  ["Qwen/Qwen3-4B-Instruct-2507", 4_022_468_096],
  ["allenai/OLMo-7B-0724-Instruct-hf", 6_888_095_744],
])("%s has %i parameters", (name, total) => {
  expect(knownSize(name).total).toBe(total);
});

test("a reward model has one output in place of the head, and an unknown model no size", () => {
  const policy = knownSize("meta-llama/Llama-3.1-8B-Instruct");
  const reward = knownSize("Skywork/Skywork-Reward-V2-Llama-3.1-8B");
  expect(policy.total - reward.total).toBe(128_256 * 4096 - 4096);
  expect(policy.active).toBe(policy.total - 128_256 * 4096);
  expect(knownSize("someone/something").total).toBeNaN();
});

describe("a plan without models and datasets", () => {
  let pool = "";
  let before: string | undefined;
  beforeAll(() => {
    pool = mkdtempSync(join(tmpdir(), "touchstone-dry-"));
    before = process.env["TOUCHSTONE_DATASETS"];
    process.env["TOUCHSTONE_DATASETS"] = join(pool, "datasets");
  });
  afterAll(() => {
    if (before === undefined) delete process.env["TOUCHSTONE_DATASETS"];
    else process.env["TOUCHSTONE_DATASETS"] = before;
    rmSync(pool, { recursive: true });
  });

  /** As `run --dry-run` plans on a machine that has none of what the suite names. */
  async function planned(name: string, changes: object = {}) {
    const { suite } = await checkedSuite({ ...((await readSuite(name)) as object), ...changes }, join(pool, "pool"));
    const lacking = new Map([...suite.models, ...suite.rewardModels].map((model) => [model, undefined]));
    const absent = await absentOf(suite, lacking);
    await using opened = await poolToPlanOn(join(pool, "pool"), new AbortController().signal);
    const setting = {
      suite: presentPart(suite, absent),
      methods: METHODS,
      datasets: new Map(),
      models: new Map(),
      rewardModels: new Map(),
      pool: opened,
    };
    return planWithAbsent({ setting, imports: [] }, suite, absent);
  }

  // Samples are problems × pool, over models, sets, seeds and what the bandit learns from.
  test.each([
    ["qalign-paper", 5 * 128 * 1024],
    ["adabon-paper", 3 * 250 * 4 * 930],
    ["self-certainty-paper", 5 * ((1319 + 500) * 64 + 1319 + 500)],
    // StrategyQA's test part is 458 of 2,290.
    ["laser-paper", 2 * 120 * (400 + 400 + 458 + 1319)],
    ["tea-paper", 3 * 2 * 250 * 1024],
  ])("%s says what it would cost: %i samples", async (name, samples) => {
    const plan = await planned(name);
    expect(plan.total.samplesMissing).toBe(samples);
    expect(plan.total.flops).toBeGreaterThan(1e18);
    const text = planText(plan).join("\n");
    expect(text).toMatch(/Not on this machine: .* billion parameters, by a table\)/);
    expect(text).toMatch(/Not downloaded: .* To have them: \.\/touchstone datasets pull /);
    expect(text).not.toContain("NaN");
  });

  test("a model of which nobody here knows the size leaves FLOPs unknown, and says so", async () => {
    const plan = await planned("tea-paper", { models: ["someone/something"] });
    const text = planText(plan).join("\n");
    expect(text).toContain("About an unknown number of FLOPs");
    expect(text).toContain("someone/something (size unknown, by a table)");
    expect(text).toContain("FLOPs are not known where a model's size is not.");
  });

  test("is what the command prints, with no network, model or dataset", async () => {
    const flags = ["--dry-run", "--offline", "--limit", "16", "--pool", join(pool, "pool")];
    const { code, stdout } = await touchstone("run", "qalign-paper", ...flags);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^To download: allenai\/Llama-3\.1-Tulu-3-8B-SFT/m);
    expect(stdout).toMatch(/^To draw: 81,920 samples/m);
    expect(stdout).toMatch(
      /To have them: \.\/touchstone datasets pull math500 gsm8k ifeval-loose mmlu-redux truthfulqa$/m,
    );
    expect(existsSync(join(pool, "pool"))).toBe(false);
  });
});
