import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { onCpu } from "../src/fallbacks.ts";
import { median } from "../src/measure.ts";
import {
  PAGE,
  performancePage,
  readChains,
  readDevices,
  readShapes,
  readSpeed,
  readTraining,
  speedTable,
} from "../src/page.ts";
import type { SpeedReport } from "../src/rows.ts";

const MACHINE = { cpu: "abacus", cores: 2, memoryBytes: 2 ** 34, node: "24.21.0", onnxruntime: "1.30.0" };

const row = { device: "cpu", mode: "fast", samples: 64, peakMemoryBytes: 2 ** 28 } as const;

const speed: SpeedReport = {
  date: "2026-11-20",
  machine: MACHINE,
  rounds: 5,
  load: [0, 2],
  matmulGflops: 100,
  flopsPerToken: 1.6e6,
  rows: [
    { ...row, engine: "touchstone", model: "fixture", tokensPerSecond: 30_000 },
    { ...row, engine: "transformers.js", model: "fixture", tokensPerSecond: 3000 },
    { ...row, engine: "touchstone", model: "fixture-geometric", tokensPerSecond: 45_000 },
    { ...row, engine: "touchstone", model: "fixture-geometric-nothing-dropped", tokensPerSecond: 15_000 },
  ],
};

it("docs/performance.md says what was measured", () => {
  // The formatter pads tables.
  const plain = (text: string) => text.replaceAll(/ +/g, " ").replaceAll(/-{2,}/g, "--");
  expect(plain(readFileSync(PAGE, "utf8"))).toBe(
    plain(performancePage(readSpeed(), readDevices(), readChains(), readTraining(), readShapes())),
  );
});

it("says of a device that nobody measured that it was not", () => {
  const page = performancePage(undefined, [
    {
      device: "cpu",
      date: "2026-11-20",
      machine: MACHINE,
      adapter: "abacus",
      parity: { greedyAgreement: 1, largestDifference: 2e-6 },
      determinism: { repeats: true, acrossTiles: 0.998 },
      tokensPerSecond: { samples64: 30_000, samples256: 31_000, llama100M: 600, llama500M: null },
      fallbacks: [],
    },
  ]);
  expect(page).toContain("| cuda | not measured |");
  expect(page).toContain("| webgpu | not measured |");
  expect(page).toContain(
    "| cpu | 2026-11-20 | abacus, 2 cores | 100.0 %, 2.0e-6 | same, 99.80 % | 30,000 | 31,000 | 600 | not measured | none |",
  );
  expect(page).toContain("## Drawing samples\n\nNot measured.");
});

it("sets every row beside the one it is compared with, and the ceiling beside the fastest", () => {
  const table = speedTable(speed);
  expect(table).toContain("| fixture | 64 | touchstone | fast | 30,000 | 10.0 × | 256 |");
  expect(table).toContain("| fixture-geometric | 64 | touchstone | fast | 45,000 | 3.0 × | 256 |");
  // 100 GFLOP/s at 1.6 MFLOP a token are 62,500 tokens per second.
  expect(performancePage(speed, [])).toContain("a ceiling of 62,500 tokens/s; the fastest row reaches 48 % of it");
});

it("sets a step of chains beside reading all again, and beside drawing as many whole samples", () => {
  const lengths = { promptTokens: 31, keptTokens: 12, readTokens: 1.25, drawnTokens: 14 };
  const step = {
    model: "arith",
    chains: 64,
    rounds: 5,
    stepSeconds: 0.09,
    readingAgain: 1.3,
    readingAgainProcessor: 1.4,
    ofWhole: 1.5,
    same: 1,
    drawnPerSecond: 10_000,
    wholePerSecond: 40_000,
  };
  const rest = { date: "2026-11-20", machine: MACHINE, load: [0, 1] as const };
  const chain = { ...lengths, ...step };
  const page = performancePage(undefined, [], { ...rest, rows: [chain] });
  expect(page).toContain(
    "| arith | 64 | 5 | 90 | 1.30 × | 1.40 × | 1.50 × | 31.0 | 12.0 | 1.3 | 14.0 | 10,000 | 0.25 × |",
  );
  expect(page).toContain("Of the continuations drawn both ways, all had the same tokens.");
  const other = { ...chain, same: 0.9971, readingAgainProcessor: null };
  const differing = performancePage(undefined, [], { ...rest, rows: [chain, other] });
  expect(differing).toContain("at least 99.71 % in every row had the same tokens");
  expect(differing).toContain("| 1.30 × |  | 1.50 × |");
  expect(performancePage(undefined, [])).toContain("## Continuing chains\n\nNot measured.");
});

it("sets the parts of a training step beside each other, and its speeds beside the ceilings", () => {
  const seconds = { replace: 0.05, rollout: 0.45, reward: 0.1, gradient: 0.35, rest: 0.05 };
  const page = performancePage(undefined, [], undefined, {
    date: "2026-11-20",
    machine: MACHINE,
    rounds: 5,
    load: [0, 1],
    prompts: 16,
    rollouts: 16,
    promptTokens: 30,
    responseTokens: 20,
    drawnPerSecond: 11_000,
    rewardedPerSecond: 120_000,
    engineForward: 50_000,
    trainingForward: { onnx: 40_000, jax: 8000 },
    matmulGflops: 150,
    flopsPerToken: 1.5e6,
    rows: [{ backend: "onnx", entering: 0.25, seconds, gradientTokensPerSecond: 20_000 }],
    memory: { date: "2026-11-20", steps: 2000, replacements: 200, early: 410, late: 412 },
  });
  expect(page).toContain("| onnx | 25.0 % | 5.0 % | 45.0 % | 10.0 % | 35.0 % | 5.0 % | 1,000 | 20,000 | 0.400 × |");
  // 150 GFLOP/s at 1.5 MFLOP a token are 100,000 tokens per second forward, a third of that with the backward pass.
  expect(page).toContain("the ceilings are 100,000 and 33,333 tokens/s: the engine's forward reaches 50.0 %");
  expect(page).toContain("the fastest gradient 60.0 % of the second");
  expect(page).toContain(
    "2,000 steps with 200 replacements of the engine's weights, resident in all processes 410 MiB",
  );
  expect(performancePage(undefined, [])).toContain("## Training\n\nNot measured.");
});

it("takes the middle value", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

it("reads from ONNX Runtime's log which operators run on the CPU, but for shapes and loops", () => {
  const line = (text: string) =>
    `2026-11-20 [V:onnxruntime:, session_state.cc:1383 VerifyEachNodeIsAssignedToAnEp] ${text}`;
  const log = [
    line(" Node(s) placed on [WebGpuExecutionProvider]. Number of nodes: 1"),
    line("  Softmax (a)"),
    line(" Node(s) placed on [CPUExecutionProvider]. Number of nodes: 4"),
    line("  Shape (b)"),
    line("  LogSoftmax (c)"),
    line("  Loop (d)"),
    line("  LogSoftmax (e)"),
  ].join("\n");
  expect(onCpu(log)).toEqual(["LogSoftmax ×2"]);
});
