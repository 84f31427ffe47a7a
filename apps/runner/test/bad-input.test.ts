import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync, cpSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Cli, refusal, touchstone } from "./cli.ts";
import { makeWorld, type World } from "./world.ts";

vi.setConfig({ testTimeout: 300_000 });

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => {
  Cli.endAll();
  world[Symbol.dispose]();
});

const run = (...args: string[]) => touchstone("run", ...world.what, ...world.where, ...args);

describe("what does not exist is named, with what is meant", () => {
  test.each([
    ["method", ["--methods", "best-of-m"], /^unknown-method: .*Received: best-of-m\. Did you mean `best-of-n`\?/],
    ["dataset", ["--dataset", "arit"], /^unknown-dataset: .*Received: arit\. Did you mean `arith`\?/],
    ["manifest of a dataset", ["--dataset", "no/such.json"], /^unknown-dataset: .*ENOENT.*Received: .*no\/such\.json/],
    ["split", ["--split", "train"], /^unknown-split: .*Received: train\. Choose one of: test\./],
    ["model", ["--model", "arit"], /^unknown-model: .*Received: arit\. Did you mean `arith`\?/],
    ["reward model", ["--reward-model", "arith"], /^unknown-reward-model: .*language model, not a reward model/],
    ["device", ["--device", "gpu"], /^unknown-device: .*Received: gpu\. Choose one of: cpu, webgpu, cuda, auto\./],
    ["option", ["--budget", "1"], /^unknown-option: .*Received: --budget\. Did you mean --budgets\?/],
  ])("an unknown %s", async (_, flags, message) => {
    const ended = await run(...flags);
    expect(refusal(ended)).toEqual({ exitCode: 2, message: expect.stringMatching(message) });
    expect(existsSync(world.pool)).toBe(false);
  });

  test("an unknown suite, command, list and run", async () => {
    expect(refusal(await touchstone("run", "quik"))).toEqual({
      exitCode: 2,
      message: expect.stringMatching(/^unknown-suite: .*Received: quik\. Did you mean `quick`\?/),
    });
    expect(refusal(await touchstone("rum"))).toEqual({
      exitCode: 2,
      message: expect.stringMatching(/^unknown-command: .*Received: rum\. Did you mean run\?/),
    });
    expect(refusal(await touchstone("ls", "model"))).toEqual({
      exitCode: 2,
      message: expect.stringMatching(/^unknown-list: .*Received: model\. Choose one of: methods,/),
    });
    expect(refusal(await touchstone("resume", "quick-1"))).toEqual({
      exitCode: 2,
      message: expect.stringMatching(/^unknown-run: .*Received: quick-1/),
    });
  });

  test("neither a suite nor flags", async () => {
    expect(refusal(await touchstone("run"))).toEqual({
      exitCode: 2,
      message: expect.stringMatching(/^nothing-to-run: .*Name a suite \(.*quick.*\), or give --model, --dataset/),
    });
    expect(refusal(await touchstone("run", "--model", "arith"))).toEqual({
      exitCode: 2,
      message: expect.stringMatching(/Received: no --dataset, --methods, --budgets/),
    });
  });
});

describe("numbers that make no sense", () => {
  test.each(["0", "-1", "1.5", "abc", "1,,4"])("a budget of %s", async (budget) => {
    expect(refusal(await run("--budgets", budget))).toEqual({
      exitCode: 2,
      message: expect.stringMatching(/^bad-budget: .*whole number of at least 1\. Received: .*--budgets 1,4/),
    });
  });

  test("responses too long for the model, in a dry run already", async () => {
    const ended = await run("--max-tokens", "100000", "--dry-run");
    expect(refusal(ended)).toEqual({
      exitCode: 3,
      message: expect.stringMatching(
        /^context-too-long: .* responses of up to 100000 tokens do not fit into the \d+ positions of policy; .*Lower the length cap \(`--max-tokens`\) to \d+ or less\./,
      ),
    });
    expect(existsSync(world.pool)).toBe(false);
  });

  test("a budget above the pool, a limit of none, too few replicates", async () => {
    const above = /^budget-above-pool: .*64 samples.*pool of 16.*Received: 64\. Set the pool size to at least 256/;
    expect(refusal(await run("--budgets", "1,64", "--pool-size", "16"))).toEqual({
      exitCode: 2,
      message: expect.stringMatching(above),
    });
    expect(refusal(await run("--limit", "0"))).toEqual({
      exitCode: 2,
      message: expect.stringMatching(/^bad-value: The flag --limit takes a whole number .*Received: 0/),
    });
    expect(refusal(await run("--replicates", "10"))).toEqual({
      exitCode: 2,
      message: expect.stringMatching(/^invalid-suite: .*`replicates` must be at least 200.*Received: 10/),
    });
  });
});

describe("a model's folder that is not whole", () => {
  const damaged = (name: string, damage: (folder: string) => void): string => {
    const folder = join(world.folder, name);
    cpSync(world.policy, folder, { recursive: true });
    damage(folder);
    return folder;
  };

  test.each<[string, (folder: string) => void, RegExp]>([
    [
      "weights cut short",
      (folder) => {
        const file = join(folder, "model.safetensors");
        truncateSync(file, statSync(file).size - 100);
      },
      /^[a-z-]+: .*model\.safetensors.* [A-Z]/,
    ],
    [
      "weights that are something else",
      (folder) => writeFileSync(join(folder, "model.safetensors"), "not weights at all"),
      /^[a-z-]+: .*model\.safetensors/,
    ],
    [
      "an unsupported architecture",
      (folder) => {
        const file = join(folder, "config.json");
        const config = JSON.parse(readFileSync(file, "utf8")) as object;
        writeFileSync(file, JSON.stringify({ ...config, architectures: ["MambaForCausalLM"], model_type: "mamba" }));
      },
      /^unsupported-model: .*MambaForCausalLM/,
    ],
    [
      "no tokenizer",
      (folder) => rmSync(join(folder, "tokenizer.json")),
      /^missing-model-file: .*no readable tokenizer\.json.*Received: .*A model needs/,
    ],
    [
      "nothing in it",
      (folder) => (rmSync(folder, { recursive: true }), mkdirSync(folder)),
      /^missing-model-file: .*config\.json/,
    ],
  ])("%s", async (name, damage, message) => {
    const folder = damaged(name.replaceAll(" ", "-"), damage);
    expect(refusal(await run("--model", folder))).toEqual({ exitCode: 3, message: expect.stringMatching(message) });
    expect(existsSync(world.pool)).toBe(false);
  });
});

test("a dataset that is not the one of its manifest", async () => {
  const folder = join(world.folder, "changed");
  cpSync(join(world.dataset, ".."), folder, { recursive: true });
  writeFileSync(join(folder, "sums.jsonl"), readFileSync(join(folder, "sums.jsonl"), "utf8").replace('"2"', '"3"'));
  expect(refusal(await run("--dataset", join(folder, "sums.json")))).toEqual({
    exitCode: 3,
    message: expect.stringMatching(/^checksum-mismatch: .*sha256 should be/),
  });
});
