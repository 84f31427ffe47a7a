import { stream, type Budget, type Decision, type Decoding, type Procedure, type Spend } from "@touchstone/core";
import type { CellProblem } from "./cell-record.ts";
import type { Contender } from "./cells.ts";
import { brokenContract } from "./check-weights.ts";
import type { ProblemPool } from "./columns.ts";
import { gradeSelection } from "./grade-decision.ts";
import { ReplayAccess, type ReplayProblem } from "./replay.ts";
import { knownTokens, type Sizes } from "./spend.ts";
import { orderingOf } from "./subsets.ts";
import { Tally, type Graded } from "./tally.ts";

export interface ProcedureCell {
  readonly contender: Contender & { readonly method: Procedure };
  readonly budget: Budget;
  readonly decoding: Decoding;
  readonly sizes: Sizes;
  readonly lineEnds: (tokens: Int32Array) => Int32Array;
  readonly seed: number;
  readonly dataset: string;
  readonly replicates: number;
}

/**
 * Lets a procedure decide a batch of problems on replayed pools, once per replicate, each replicate in its own ordering.
 * `pools[i]` holds problem i's pools by decoding id. Results are by problem.
 */
export async function decideBatch(
  cell: ProcedureCell,
  pools: readonly ReadonlyMap<string, ProblemPool>[],
  signal: AbortSignal,
): Promise<readonly CellProblem[]> {
  const { contender, replicates } = cell;
  const tallies = pools.map(() => new Tally(replicates));
  const spends = pools.map((): Spend[] => []);
  const counts = pools.map(() => ({ unparsable: 0, truncated: 0, failed: 0 }));
  for (let replicate = 0; replicate < replicates; replicate++) {
    const { access, problems, decisions } = await decideOnce(cell, pools, replicate, signal);
    for (const [i, { view }] of problems.entries()) {
      tallies[i]!.add(replicate, gradeDecision(contender, view.id, decisions[i]!, access));
      spends[i]!.push(access.ledger(view.id));
      const counted = access.counted(view.id);
      counts[i]!.unparsable += counted.unparsable / replicates;
      counts[i]!.truncated += counted.truncated / replicates;
      counts[i]!.failed += counted.failed / replicates;
    }
  }
  return tallies.map((tally, i) => ({ outcome: tally.outcome(), spend: meanSpend(spends[i]!), ...counts[i]! }));
}

async function decideOnce(
  { contender, budget, decoding, sizes, lineEnds, seed, dataset }: ProcedureCell,
  pools: readonly ReadonlyMap<string, ProblemPool>[],
  replicate: number,
  signal: AbortSignal,
) {
  const problems = pools.map((byDecoding): ReplayProblem => {
    const [first] = byDecoding.values();
    const { view } = first!;
    const ordered = Array.from(byDecoding, ([id, pool]) => {
      const ordering = new Uint32Array(pool.size);
      orderingOf({ seed, dataset, problem: view.id }, replicate, pool.size, pool.size, ordering);
      return [id, { pool, ordering }] as const;
    });
    return { view, pools: new Map(ordered) };
  });
  const { method, parameters, choice, visible } = contender;
  const random = (purpose: string) =>
    stream(seed, "decide", dataset, problems[0]!.view.id, method.name, parameters, replicate, purpose);
  const access = new ReplayAccess({
    budget,
    problems,
    decoding,
    rewardModels: visible,
    sizes,
    lineEnds,
    random,
    signal,
  });
  const views = problems.map(({ view }) => view);
  const decisions = await method.decide(views, access, choice.parameters, undefined);
  if (decisions.length !== views.length) {
    throw brokenContract(method.name, `it gave ${decisions.length} decisions for ${views.length} problems`);
  }
  return { access, problems, decisions };
}

/** Grades weights over samples that the procedure drew, which may come from pools of several decodings. */
function gradeDecision(
  { method, visible }: Contender,
  problem: string,
  decision: Decision,
  access: ReplayAccess,
): Graded {
  const { diagnostics } = decision;
  if (decision.kind === "abstained") return { accuracy: 0, proxy: Number.NaN, abstained: true, diagnostics };
  let [accuracy, proxy, mass] = [0, 0, 0];
  for (const { id, weight } of decision.weights) {
    if (!(weight >= 0)) throw brokenContract(method.name, `it gave the weight ${weight}`);
    if (weight === 0) continue;
    const { pool, index, problem: drawnFor } = access.handed(id);
    if (drawnFor !== problem) throw brokenContract(method.name, `it answered ${problem} with a sample of ${drawnFor}`);
    const one = { kind: "selected", weights: Float64Array.of(weight) } as const;
    const graded = gradeSelection(one, Uint32Array.of(index), pool, visible);
    accuracy += graded.accuracy;
    proxy += graded.proxy;
    mass += weight;
  }
  if (Math.abs(mass - 1) > 1e-9) throw brokenContract(method.name, `its weights add up to ${mass}, not to 1`);
  return { accuracy, proxy, abstained: false, diagnostics };
}

function meanSpend(spends: readonly Spend[]): Spend {
  const over = (value: (spend: Spend) => number): number =>
    spends.reduce((sum, spend) => sum + value(spend), 0) / spends.length;
  const drew = (tokens: number): number =>
    spends.every(({ samples }) => samples === 0) ? tokens : knownTokens(tokens);
  const seconds = over((spend) => spend.seconds ?? Number.NaN);
  return {
    samples: over((spend) => spend.samples),
    promptTokens: drew(over((spend) => spend.promptTokens)),
    completionTokens: drew(over((spend) => spend.completionTokens)),
    rewardTokens: over((spend) => spend.rewardTokens),
    extraForwardTokens: over((spend) => spend.extraForwardTokens),
    trainingTokens: over((spend) => spend.trainingTokens),
    rounds: over((spend) => spend.rounds),
    flops: over((spend) => spend.flops),
    ...(Number.isNaN(seconds) ? {} : { seconds }),
  };
}
