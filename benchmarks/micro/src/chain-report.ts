import type { Machine } from "./rows.ts";

/** Chains that advance together: each keeps a random part of its response, and draws the rest anew. */
export interface ChainRow {
  readonly chains: number;
  /** Of one step of all chains, one call of the engine; median over rounds. */
  readonly stepSeconds: number;
  /** Beside drawing as many whole samples in tiles of shared prompts: median over rounds of the ratio within a round. */
  readonly ofWhole: number;
  /** One forward pass over prompts and kept tokens, over the step's seconds: the most that keeping their keys and values could save. */
  readonly readingShare: number;
  /** Means over chains and rounds. */
  readonly promptTokens: number;
  readonly keptTokens: number;
  readonly drawnTokens: number;
  /** New tokens per second, of chains and of whole samples; medians over rounds. */
  readonly drawnPerSecond: number;
  readonly wholePerSecond: number;
}

/** What `bench:chains` measured, as kept in results/chains.json. */
export interface ChainReport {
  readonly date: string;
  readonly machine: Machine;
  readonly rounds: number;
  /** Load average (1 minute) at the beginning and at the end. */
  readonly load: readonly [number, number];
  readonly rows: readonly ChainRow[];
}

export function chainTable({ rows }: ChainReport): string {
  const whole = (value: number) => Math.round(value).toLocaleString("en-US");
  return [
    "| chains | ms a step | of as many whole samples | reading | prompt | kept | drawn | drawn tokens/s | of whole samples |",
    "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows.map((row) =>
      [
        "",
        row.chains,
        whole(1000 * row.stepSeconds),
        `${row.ofWhole.toFixed(2)} ×`,
        `${Math.round(100 * row.readingShare)} %`,
        row.promptTokens.toFixed(1),
        row.keptTokens.toFixed(1),
        row.drawnTokens.toFixed(1),
        whole(row.drawnPerSecond),
        `${(row.drawnPerSecond / row.wholePerSecond).toFixed(2)} ×`,
        "",
      ]
        .join(" | ")
        .trim(),
    ),
  ].join("\n");
}

export function chainSection(report: ChainReport): string {
  const { date, machine, rounds, load } = report;
  return [
    "Policy arith. A step cuts each chain's response at a uniformly random token and draws the rest, all chains in one call; every chain has",
    "a prompt of its own. Beside it as many whole samples, drawn in tiles of 32 that share a prompt. Both take turns; medians of",
    `${rounds} rounds. A step reads prompt and kept tokens again: compare the milliseconds, not the tokens. Reading: one forward pass over`,
    "them alone, in the same round, as a share of the step; keeping their keys and values from step to step could save no more.",
    "",
    chainTable(report),
    "",
    `Measured on ${date}: ${machine.cpu}, ${machine.cores} cores; load average ${load[0].toFixed(1)} at the start and ${load[1].toFixed(1)} at the end.`,
  ].join("\n");
}
