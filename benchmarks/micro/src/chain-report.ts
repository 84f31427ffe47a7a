import type { Machine } from "./rows.ts";

/** Chains that advance together: each keeps a random part of its response, and draws the rest anew. */
export interface ChainRow {
  readonly model: string;
  readonly chains: number;
  readonly rounds: number;
  /** Of one step of all chains, one call of the engine; median over rounds. */
  readonly stepSeconds: number;
  /** The same step by an engine that keeps nothing from call to call, over this one: median over rounds of the ratio within a round. */
  readonly readingAgain: number;
  /** The same ratio in processor time of all processes; null where the system does not tell. */
  readonly readingAgainProcessor: number | null;
  /** Beside drawing as many whole samples in tiles of shared prompts: median over rounds of the ratio within a round. */
  readonly ofWhole: number;
  /** Share of continuations that have the same tokens, whether prefixes were kept or read again. */
  readonly same: number;
  /** Means over chains and rounds; of prompt and kept tokens, `readTokens` were computed. */
  readonly promptTokens: number;
  readonly keptTokens: number;
  readonly readTokens: number;
  readonly drawnTokens: number;
  /** New tokens per second, of chains and of whole samples; medians over rounds. */
  readonly drawnPerSecond: number;
  readonly wholePerSecond: number;
}

/** What `bench:chains` measured, as kept in results/chains.json. */
export interface ChainReport {
  readonly date: string;
  readonly machine: Machine;
  /** Lowest and highest load average (1 minute) at a beginning or an end. */
  readonly load: readonly [number, number];
  readonly rows: readonly ChainRow[];
}

export function chainTable({ rows }: ChainReport): string {
  const whole = (value: number) => Math.round(value).toLocaleString("en-US");
  return [
    "| policy | chains | rounds | ms a step | reading again | in processor time | of as many whole samples | prompt | kept | read | drawn | drawn tokens/s | of whole samples |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows.map((row) =>
      [
        "",
        row.model,
        row.chains,
        row.rounds,
        whole(1000 * row.stepSeconds),
        `${row.readingAgain.toFixed(2)} ×`,
        row.readingAgainProcessor === null ? "" : `${row.readingAgainProcessor.toFixed(2)} ×`,
        `${row.ofWhole.toFixed(2)} ×`,
        row.promptTokens.toFixed(1),
        row.keptTokens.toFixed(1),
        row.readTokens.toFixed(1),
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
  const { date, machine, load, rows } = report;
  const least = Math.min(...rows.map(({ same }) => same));
  const busy =
    load[1] > machine.cores
      ? " Other programs had most of the machine: the ratios say something, milliseconds and tokens per second do not."
      : "";
  return [
    "A step cuts each chain's response at a uniformly random token and draws the rest, all chains in one call; every chain has a prompt of its",
    "own. The engine's workers keep keys and values of what continuations read and drew (`prefixMemory`), so that of prompt and kept tokens",
    "a step reads the last one only, and what was pushed out or lies with another worker. Reading again: the same step by an engine that",
    "keeps nothing, over this one (above 1, keeping is faster), by the clock and in processor time, which other programs disturb less.",
    "Beside it as many whole samples, drawn in tiles of 32 that share a prompt. All take turns, the two engines in changing order; medians",
    "of the rounds. Policies named by a size are random Llamas whose responses end at the cap.",
    `Of the continuations drawn both ways, ${least === 1 ? "all" : `at least ${(100 * least).toFixed(2)} % in every row`} had the same tokens.`,
    "",
    chainTable(report),
    "",
    `Measured on ${date}: ${machine.cpu}, ${machine.cores} cores; load average ${load[0].toFixed(1)} to ${load[1].toFixed(1)}.${busy}`,
  ].join("\n");
}

/** A report with what a later one measured in place of its own rows of the same work. */
export function renewed(before: ChainReport, now: ChainReport): ChainReport {
  return {
    ...now,
    load: [Math.min(before.load[0], now.load[0]), Math.max(before.load[1], now.load[1])],
    rows: before.rows.map((row) => now.rows.find((other) => sameWork(row, other)) ?? row),
  };
}

function sameWork(a: ChainRow, b: ChainRow): boolean {
  return a.model === b.model && a.chains === b.chains && Math.round(a.promptTokens) === Math.round(b.promptTokens);
}
