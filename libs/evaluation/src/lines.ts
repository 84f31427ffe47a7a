import { decodingId } from "@touchstone/core";
import type { Head, Metric } from "./cell-record.ts";
import type { Contender } from "./cells.ts";
import { decodingFor, type Draw } from "./draws.ts";
import { runsLive } from "./procedure-cell.ts";
import { readsOf } from "./needs.ts";
import { largestAffordable, type Pays, type ProblemCost } from "./spend.ts";
import type { Suite } from "./suite-schema.ts";

/**
 * A ceiling or a floor computed from grades; not a method. Beside those of the draws, where a method chooses among reward models: best-of-n
 * under the single best reward model in hindsight, and under the best one for every problem.
 */
export type ReferenceLine = "oracle" | "random-choice" | "best-reward-model" | "reward-model-oracle";

const ALWAYS: readonly ReferenceLine[] = ["oracle", "random-choice"];
const AMONG_REWARD_MODELS: readonly ReferenceLine[] = ["best-reward-model", "reward-model-oracle"];

/** Cells that differ only by their budget. */
export interface Line {
  readonly head: Head;
  readonly metrics: readonly Metric[];
  /** Where its samples come from. */
  readonly draw: Draw;
  readonly decides: Contender | ReferenceLine;
  /** Reward models that it pays for. */
  readonly visible: readonly string[];
}

/** A line at one budget, with the number of samples that the budget buys. */
export interface CellPlan {
  readonly line: Line;
  readonly budget: number;
  /** Samples per problem; 0 where the budget buys none; NaN for a procedure. */
  readonly n: number;
  readonly flag: string;
}

/** Lines of one seed: every contender, then the reference lines. `draws` are that seed's. */
export function linesOf(contenders: readonly Contender[], draws: readonly Draw[]): readonly Line[] {
  const own = draws.find((draw) => !draw.variant)!;
  const chooses = contenders.some(({ visible }) => visible.length > 1);
  const references = [...ALWAYS, ...(chooses ? AMONG_REWARD_MODELS : [])].map((name): Line => ({
    head: { method: name, kind: "reference", parameters: "{}", parameters_source: "default", reward_model: "" },
    metrics: ["accuracy"],
    draw: own,
    decides: name,
    visible: [],
  }));
  return [...contenders.map((contender) => lineOf(contender, own, draws)), ...references];
}

function lineOf(contender: Contender, own: Draw, draws: readonly Draw[]): Line {
  const { method, choice, parameters, visible, rewardModel } = contender;
  const wanted = decodingId(decodingFor(own.decoding, method.needs.decoding));
  return {
    head: {
      method: method.name,
      kind: "method",
      parameters,
      parameters_source: choice.source,
      reward_model: rewardModel,
    },
    metrics: visible.length === 1 ? ["accuracy", "proxy_reward"] : ["accuracy"],
    draw: draws.find((draw) => decodingId(draw.key.decoding) === wanted)!,
    decides: contender,
    visible,
  };
}

/** Every line at every budget. `costs` are by draw; they matter only where budgets are not in samples. */
export function cellPlansOf(
  lines: readonly Line[],
  { unit, amounts }: Suite["budgets"],
  costs: ReadonlyMap<Draw, readonly ProblemCost[]>,
): readonly CellPlan[] {
  return lines.flatMap((line) => amounts.map((budget) => cellPlan(line, unit, budget, costs.get(line.draw) ?? [])));
}

function cellPlan(line: Line, unit: Suite["budgets"]["unit"], budget: number, costs: readonly ProblemCost[]): CellPlan {
  const { draw, decides } = line;
  if (typeof decides !== "string" && decides.method.kind === "procedure") {
    // A chain reads one or a few of the pool's samples, whatever it may spend.
    const flag = unit === "samples" && !runsLive(decides) ? poolFlag(budget, draw.count) : "";
    return { line, budget, n: Number.NaN, flag };
  }
  const most = typeof decides === "string" ? undefined : decides.method.needs.atMost;
  const limit = Math.min(draw.count, most ?? draw.count);
  const n = largestAffordable(costs, paysOf(line), unit, budget, limit);
  if (n === 0) return { line, budget, n, flag: "below-one-sample" };
  // A budget in tokens may buy more samples than there are; in samples this cannot happen.
  const cut = unit !== "samples" && most === undefined && n === draw.count;
  return { line, budget, n, flag: cut ? "limited-by-pool" : poolFlag(n, draw.count) };
}

/** What a selector's line pays for beside its draws. */
export function paysOf({ decides, visible }: Line): Pays {
  const afterLast = typeof decides !== "string" && readsOf(decides.method.needs, decides.choice.parameters).afterLast;
  return { visible, afterLast };
}

/**
 * `pool-below-4x` where the pool is smaller than four times n: its subsets then overlap so much that the spread over them
 * says little. A pool of one sample is one without randomness: nothing is random about its subset.
 */
export function poolFlag(n: number, size: number): string {
  return size > 1 && size < 4 * n ? "pool-below-4x" : "";
}
