import {
  stream,
  type Budget,
  type Decision,
  type Decoding,
  type Procedure,
  type SampleId,
  type Spend,
  type Stream,
} from "@touchstone/core";
import { PoolAccess, type AccessOptions, type AccessProblem } from "./access.ts";
import type { CellProblem, FirstDecision } from "./cell-record.ts";
import type { Contender } from "./cells.ts";
import { brokenContract } from "./check-weights.ts";
import type { ProblemPool } from "./columns.ts";
import { massByAnswer } from "./looks.ts";
import { knownTokens } from "./spend.ts";
import type { Orderings } from "./subsets.ts";
import { Tally, type Graded } from "./tally.ts";

export interface ProcedureCell extends Pick<
  AccessOptions,
  "sizes" | "stepDelimiter" | "lineEnds" | "answerOf" | "source"
> {
  readonly contender: Contender & { readonly method: Procedure };
  readonly budget: Budget;
  readonly decoding: Decoding;
  readonly seed: number;
  readonly dataset: string;
  readonly orderings: Orderings;
  readonly replicates: number;
  /**
   * Whether problems that do not share a budget are decided in one call. Randomness then belongs to the purposes that the
   * method names and not to the company that a problem is in, so that results do not depend on who is decided together.
   */
  readonly together: boolean;
  /** What `fit` returned. */
  readonly state: unknown;
  /** Gold score of a response that is not in the pool. */
  readonly gradeOf: (problem: string, text: string, answerKey: string | null) => number;
  /** What an abstention counts: 0, or NaN where there is no gold. */
  readonly ofAbstention: number;
}

type Pools = readonly ReadonlyMap<string, ProblemPool>[];

/**
 * Lets a procedure decide problems, once per replicate, each replicate in its own ordering of the pools and with its own
 * continuations. `pools[i]` holds problem i's pools by decoding id, the suite's own first. Results are by problem.
 */
export async function decideBatch(
  cell: ProcedureCell,
  pools: Pools,
  signal: AbortSignal,
): Promise<readonly CellProblem[]> {
  const { replicates } = cell;
  const tallies = pools.map(() => new Tally(replicates));
  const spends = pools.map((): Spend[] => []);
  const counts = pools.map(() => ({ unparsable: 0, truncated: 0, failed: 0 }));
  const firsts: FirstDecision[] = [];
  for (let replicate = 0; replicate < replicates; replicate++) {
    const decided = await decideOnce(cell, pools, replicate, signal);
    const proxies = await proxyRewards(cell, decided);
    for (const [i, { view }] of decided.problems.entries()) {
      const graded = gradeDecision(cell, view.id, decided, decided.decisions[i]!, proxies);
      tallies[i]!.add(replicate, graded);
      if (replicate === 0) firsts.push(firstDecision(decided, decided.decisions[i]!, graded));
      spends[i]!.push(decided.access.ledger(view.id));
      const counted = decided.access.counted(view.id);
      counts[i]!.unparsable += counted.unparsable / replicates;
      counts[i]!.truncated += counted.truncated / replicates;
      counts[i]!.failed += counted.failed / replicates;
    }
  }
  return tallies.map((tally, i) => ({
    outcome: tally.outcome(),
    spend: meanSpend(spends[i]!),
    ...counts[i]!,
    first: firsts[i]!,
  }));
}

export interface Decided {
  readonly access: PoolAccess;
  readonly problems: readonly AccessProblem[];
  readonly decisions: readonly Decision[];
}

/** One replicate's decisions. */
export async function decideOnce(
  cell: ProcedureCell,
  pools: Pools,
  replicate: number,
  signal: AbortSignal,
  onSpent?: (spent: number) => void,
): Promise<Decided> {
  const { method, choice } = cell.contender;
  const problems = pools.map((byDecoding) => orderedPools(cell, byDecoding, replicate));
  const key = cell.together ? [] : [problems[0]!.view.id];
  const random = randomOf(cell, ["decide", ...key], replicate);
  const access = openAccess(cell, problems, { replicate, random, signal, ...(onSpent ? { onSpent } : {}) });
  const views = problems.map(({ view }) => view);
  const decisions = await method.decide(views, access, choice.parameters, cell.state);
  if (decisions.length !== views.length) {
    throw brokenContract(method.name, `it gave ${decisions.length} decisions for ${views.length} problems`);
  }
  for (const [i, decision] of decisions.entries()) checkDecision(cell.contender, views[i]!.id, decision, access);
  return { access, problems, decisions };
}

/** A problem's pools in the order of a replicate. */
export function orderedPools(
  { orderings }: Pick<ProcedureCell, "orderings">,
  byDecoding: ReadonlyMap<string, ProblemPool>,
  replicate: number,
): AccessProblem {
  const [own] = byDecoding.values();
  const { view } = own!;
  const ordered = Array.from(byDecoding, ([id, pool]) => {
    return [id, { pool, ordering: orderings.of(view.id, replicate, pool.size) }] as const;
  });
  return { view, pools: new Map(ordered) };
}

/** The streams of one act of a contender, by purpose. Budgets are not part of the key: a smaller one begins like a larger one. */
export function randomOf(
  { seed, dataset, contender: { method, parameters } }: ProcedureCell,
  act: readonly string[],
  replicate: number,
): (purpose: string) => Stream {
  const [what, ...key] = act;
  return (purpose) => stream(seed, what!, dataset, ...key, method.name, parameters, replicate, purpose);
}

export function openAccess(
  cell: ProcedureCell,
  problems: readonly AccessProblem[],
  more: Pick<AccessOptions, "replicate" | "random" | "signal" | "onSpent">,
): PoolAccess {
  const { budget, decoding, contender, sizes, stepDelimiter, lineEnds, answerOf, source } = cell;
  const common = { budget, problems, decoding, sizes, stepDelimiter, lineEnds, answerOf };
  return new PoolAccess({ ...common, rewardModels: contender.visible, source, ...more });
}

/** Rewards of all samples that decisions put weight on, by the one reward model that measures the contender. */
export async function proxyRewards(
  { contender: { visible } }: ProcedureCell,
  { access, decisions }: Decided,
): Promise<ReadonlyMap<SampleId, number>> {
  if (visible.length !== 1) return new Map();
  const ids = [...new Set(decisions.flatMap((decision) => weightsOf(decision).map(({ id }) => id)))];
  const rewards = await access.measuredRewards(ids, visible[0]!);
  return new Map(ids.map((id, i) => [id, rewards[i]!]));
}

/** The samples that have weight. */
export function weightsOf(decision: Decision): readonly { readonly id: SampleId; readonly weight: number }[] {
  return decision.kind === "abstained" ? [] : decision.weights.filter(({ weight }) => weight !== 0);
}

function checkDecision({ method }: Contender, problem: string, decision: Decision, access: PoolAccess): void {
  if (decision.kind === "abstained") return;
  let mass = 0;
  for (const { id, weight } of decision.weights) {
    if (!(weight >= 0)) throw brokenContract(method.name, `it gave the weight ${weight}`);
    mass += weight;
    if (weight === 0) continue;
    const { problem: drawnFor } = access.handed(id);
    if (drawnFor !== problem) throw brokenContract(method.name, `it answered ${problem} with a sample of ${drawnFor}`);
  }
  if (Math.abs(mass - 1) > 1e-9) throw brokenContract(method.name, `its weights add up to ${mass}, not to 1`);
}

/** Grades weights over samples that the procedure drew, from pools of several decodings or beyond them. */
function gradeDecision(
  { contender: { visible }, gradeOf, ofAbstention }: ProcedureCell,
  problem: string,
  { access }: Decided,
  decision: Decision,
  proxies: ReadonlyMap<SampleId, number>,
): Graded {
  const { diagnostics } = decision;
  if (decision.kind === "abstained")
    return { accuracy: ofAbstention, proxy: Number.NaN, abstained: decision.reason, diagnostics };
  let [accuracy, proxy, length] = [0, 0, 0];
  for (const { id, weight } of weightsOf(decision)) {
    const { text, answerKey, pooled } = access.handed(id);
    accuracy += weight * (pooled ? pooled.pool.grades[pooled.index]! : gradeOf(problem, text, answerKey));
    proxy += weight * (proxies.get(id) ?? Number.NaN);
    length += weight * (pooled?.pool.lengthDifferences?.[pooled.index] ?? Number.NaN);
  }
  return {
    accuracy,
    proxy: visible.length === 1 ? proxy : Number.NaN,
    ...(!Number.isNaN(length) && { lengthDifference: length }),
    abstained: undefined,
    diagnostics,
  };
}

function firstDecision({ access }: Decided, decision: Decision, { accuracy }: Graded): FirstDecision {
  const weighted = weightsOf(decision).map(({ id, weight }) => ({ answerKey: access.handed(id).answerKey, weight }));
  return { answers: massByAnswer(weighted), accuracy };
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
