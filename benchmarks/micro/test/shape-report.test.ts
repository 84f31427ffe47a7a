import { expect, it } from "vitest";
import { ceilings, shapeSection, type ShapeReport } from "../src/shape-report.ts";

const row = { device: "cpu", mode: "fast", model: "abacus-0.1B", peakMemoryBytes: 2 ** 30 } as const;
const report: ShapeReport = {
  date: "2026-11-20",
  machine: { cpu: "abacus", cores: 2, memoryBytes: 2 ** 34, node: "24.21.0", onnxruntime: "1.30.0" },
  rounds: 3,
  load: [0, 2],
  matmulGflops: 200,
  memoryGigabytes: 20,
  sizes: [{ model: "abacus-0.1B", activeParameters: 1e8 }],
  rows: [
    { ...row, samples: 1, engine: "touchstone", tokensPerSecond: 40 },
    { ...row, samples: 1, engine: "transformers.js", tokensPerSecond: 25 },
    { ...row, samples: 64, engine: "touchstone", tokensPerSecond: 800 },
  ],
};

it("bounds tokens by the products of each sample and by reading the weights once a step for all", () => {
  // 200e9 / 2e8 operations; 20e9 bytes a second over 4e8 bytes a step, for 1 and for 64 samples.
  expect(ceilings(report, report.sizes[0]!, 1)).toEqual({ products: 1000, memory: 50 });
  expect(ceilings(report, report.sizes[0]!, 64)).toEqual({ products: 1000, memory: 3200 });
});

it("sets every row beside its rival, both ceilings and the bytes of its weights", () => {
  const section = shapeSection(report);
  expect(section).toContain("| abacus-0.1B | 1 | touchstone | 40.0 | 1.60 × | 4 % | 80 % | 1,024 | 2.7 × |");
  expect(section).toContain("| abacus-0.1B | 1 | transformers.js | 25.0 |  | 3 % | 50 % | 1,024 | 2.7 × |");
  expect(section).toContain("| abacus-0.1B | 64 | touchstone | 800 |  | 80 % | 25 % | 1,024 | 2.7 × |");
  expect(section).toContain("matrix products reach 200 GFLOP/s");
  expect(section).toContain("load average\n0.0 at the start and 2.0 at the end.");
});
