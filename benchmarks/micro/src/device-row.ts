import type { Machine } from "./rows.ts";

/** One line of results/devices.jsonl: what `check:device` found. Speeds are null where they were not measured. */
export interface DeviceRow {
  readonly device: "cpu" | "webgpu" | "cuda";
  readonly date: string;
  readonly machine: Machine;
  /** The processor, or the graphics device behind the provider. */
  readonly adapter: string;
  readonly parity: {
    /** Share of greedy tokens equal to transformers.js on the CPU. */
    readonly greedyAgreement: number;
    /** Largest absolute difference of a log-probability to our CPU graphs. */
    readonly largestDifference: number;
  };
  readonly determinism: {
    /** The same samples when drawn again, in another order. */
    readonly repeats: boolean;
    /** Share of sequences that are the same at tiles of 16 and 32. */
    readonly acrossTiles: number;
  };
  readonly tokensPerSecond: {
    readonly samples64: number | null;
    readonly samples256: number | null;
    readonly llama100M: number | null;
    readonly llama500M: number | null;
  };
  /** Operators that the device does not have, with how often: they run on the CPU, between copies. Shape arithmetic and loops are not counted. */
  readonly fallbacks: readonly string[];
}
