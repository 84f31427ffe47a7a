/** One line of `bench:generate`. */
export interface SpeedRow {
  readonly engine: "touchstone" | "transformers.js";
  readonly device: "cpu" | "webgpu" | "cuda";
  readonly model: string;
  /**
   * `fast`: the tile that suits the number of samples. `exact`: the default tile whatever the number, as a suite's pool draws; only
   * where it differs. Rows of a tile that were not asked for cost time and count for nothing.
   */
  readonly mode: "fast" | "exact";
  readonly samples: number;
  readonly tokensPerSecond: number;
  readonly peakMemoryBytes: number;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly node: string;
  readonly onnxruntime: string;
}

/** What `bench:generate` measured, as kept in results/generate.json. */
export interface SpeedReport {
  readonly date: string;
  readonly machine: Machine;
  readonly rounds: number;
  /** Load average of the machine (1 minute) when the measurement began and ended; well above zero at the start means other work ran. */
  readonly load: readonly [number, number];
  readonly matmulGflops: number;
  readonly flopsPerToken: number;
  readonly rows: readonly SpeedRow[];
}
