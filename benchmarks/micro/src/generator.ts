/** Something that draws samples and can be timed. */
export interface Generator {
  readonly engine: "touchstone" | "transformers.js";
  /** Draws so many samples of the workload's prompt and returns how many tokens that gave. */
  generate(samples: number): Promise<number>;
  /** Highest resident memory so far, of all processes. */
  peakMemoryBytes(): number;
  close(): Promise<void>;
}

/** Highest resident memory of this process so far, bytes. */
export function ownPeak(): number {
  return process.resourceUsage().maxRSS * 1024;
}
