import { stream, TouchstoneError, type Decision, type Procedure } from "@touchstone/core";
import { describesItself, refusesUnknownParameters } from "./face-laws.ts";
import {
  procedureTrial,
  trialWorlds,
  type ProcedureContractOptions,
  type ProcedureTrial,
  type World,
  type WorldKind,
} from "./procedure-trial.ts";
import type { ToyAccess } from "./toy-access.ts";
import { findingOf, type Finding, type Violation } from "./violation.ts";

const WRITE = /^(wrote|deleted) /;
/** A draw has an answer class, lines and token statistics, which a method may read when it says so. */
const UNDECLARED = /^read (answer|statistics|lineEnds) of .*#/;

/** The laws of a procedure by name; each says what it saw where it is broken. */
export const PROCEDURE_LAWS = {
  "says what it is": async ({ procedure }) => describesItself(procedure),
  "has defaults and refuses unknown parameters": async ({ procedure }) => refusesUnknownParameters(procedure),
  "never acts beyond its budget": (trial) =>
    inEveryWorld(trial, ({ access }) => access.refused.find((why) => why.startsWith("over-budget"))),
  "stays within the suite's length cap": (trial) =>
    inEveryWorld(trial, ({ access }) => access.refused.find((why) => why.startsWith("over-cap"))),
  "weights are a law over the draws of the problem": (trial) => inEveryWorld(trial, weightsAreALaw),
  "decides where every sample is valid": (trial) => inEveryWorld(trial, decidesEverything, ["clean", "equal"]),
  "a failed reward never wins": failedRewardsNeverWin,
  "the order of the problems does not matter": orderDoesNotMatter,
  "the names of the draws do not matter": namesDoNotMatter,
  "same draws, same streams, same decisions": decidesTheSameAgain,
  "reads no grade and no reference": (trial) =>
    inEveryWorld(
      trial,
      ({ access }) =>
        access.trespasses.find((act) => !WRITE.test(act) && !UNDECLARED.test(act)) ??
        access.refused.find((why) => why.startsWith("no-grade")),
    ),
  "reads only what it says it needs": (trial) =>
    inEveryWorld(
      trial,
      ({ access }) =>
        access.trespasses.find((act) => UNDECLARED.test(act)) ??
        access.refused.find((why) => why.startsWith("no-reward-model")),
    ),
  "leaves its inputs as they are": (trial) =>
    inEveryWorld(trial, ({ access }) => access.trespasses.find((act) => WRITE.test(act))),
  "stops when it is told to": stopsWhenTold,
} satisfies Record<string, (trial: ProcedureTrial) => Promise<Finding>>;

export type ProcedureLaw = keyof typeof PROCEDURE_LAWS;

/** Tries every law; an empty list means that the procedure keeps the contract. */
export async function checkProcedure(
  procedure: Procedure,
  options: ProcedureContractOptions = {},
): Promise<Violation<ProcedureLaw>[]> {
  const trial = procedureTrial(procedure, options);
  const violations: Violation<ProcedureLaw>[] = [];
  for (const law of Object.keys(PROCEDURE_LAWS) as ProcedureLaw[]) {
    const detail = await findingOf(() => PROCEDURE_LAWS[law](trial));
    if (detail !== undefined) violations.push({ law, detail });
  }
  return violations;
}

interface Outcome {
  readonly access: ToyAccess;
  readonly problems: readonly { readonly id: string }[];
  readonly decisions: readonly Decision[];
}

/** What was decided in a world, or why nothing was. */
type Played = Outcome | { readonly threw: string };

/** Every world of a trial is decided once and looked at by all laws: decisions are most of what a contract costs. */
const PLAYED = new WeakMap<ProcedureTrial, Map<string, Promise<Played>>>();

function played(trial: ProcedureTrial, world: World): Promise<Played> {
  const known = PLAYED.get(trial) ?? new Map<string, Promise<Played>>();
  PLAYED.set(trial, known);
  const outcome = known.get(world.name) ?? play(world);
  known.set(world.name, outcome);
  return outcome;
}

async function play({ problems, access: open, decide }: World): Promise<Played> {
  const access = open();
  try {
    return { access, problems, decisions: await decide(access) };
  } catch (error) {
    return {
      threw: access.refused[0] ?? access.trespasses[0] ?? (error instanceof Error ? error.message : String(error)),
    };
  }
}

async function inEveryWorld(
  trial: ProcedureTrial,
  check: (outcome: Outcome, world: World) => Finding | Promise<Finding>,
  kinds?: readonly WorldKind[],
): Promise<Finding> {
  for (const world of trialWorlds(trial, kinds)) {
    const outcome = await played(trial, world);
    if ("threw" in outcome) return `${world.name}: threw (${outcome.threw})`;
    const seen = await check(outcome, world);
    if (seen) return `${world.name}: ${seen}`;
  }
  return undefined;
}

function weightsAreALaw({ access, problems, decisions }: Outcome): Finding {
  if (decisions.length !== problems.length) return `${decisions.length} decisions for ${problems.length} problems`;
  for (const [i, decision] of decisions.entries()) {
    const { id } = problems[i]!;
    if (decision.kind === "abstained") {
      if (!decision.reason) return `abstained from ${id} without a reason`;
      continue;
    }
    const foreign = decision.weights.find((weighted) => access.problemOf(weighted.id) !== id);
    if (foreign) return `answered ${id} with ${foreign.id}, which was not drawn for it`;
    const sum = decision.weights.reduce((total, { weight }) => total + weight, 0);
    // Written so that NaN fails.
    const valid = decision.weights.every(({ weight }) => weight >= 0) && Math.abs(sum - 1) < 1e-9;
    if (!valid)
      return `the weights of ${id} are [${decision.weights.map(({ weight }) => weight).join(", ")}], sum ${sum}`;
  }
  return undefined;
}

function decidesEverything({ decisions }: Outcome): Finding {
  const abstained = decisions.find(({ kind }) => kind === "abstained");
  return abstained?.kind === "abstained" ? `abstained (${abstained.reason})` : undefined;
}

function failedRewardsNeverWin(trial: ProcedureTrial): Promise<Finding> {
  if (trial.procedure.needs.rewards === "none") return Promise.resolve(undefined);
  return inEveryWorld(trial, ({ access, decisions }, { problems, reward }) => {
    for (const [i, problem] of problems.entries()) {
      const decision = decisions[i];
      if (decision?.kind !== "decided") continue;
      const failed = new Map(
        access.drawnFor(problem.id).map(({ id, text }) => [id, Number.isNaN(reward(problem, text))]),
      );
      if (![...failed.values()].includes(false)) return "decided although every reward is NaN";
      const winner = decision.weights.find(({ id, weight }) => failed.get(id) && !(weight === 0));
      if (winner) return `${winner.id} has weight ${winner.weight} and reward NaN`;
    }
    return undefined;
  });
}

function orderDoesNotMatter(trial: ProcedureTrial): Promise<Finding> {
  if (!trial.orderIndependent) return Promise.resolve(undefined);
  return inEveryWorld(trial, async ({ decisions: before }, { name, problems, access: open, decide }) => {
    const order = Array.from(stream(trial.seed, "order", name).permutation(problems.length));
    const after = await decide(open({ problems: order.map((i) => problems[i]!) }));
    for (const [position, i] of order.entries()) {
      const difference = differenceOf(before[i], after[position], trial.tolerance);
      if (difference) return `${problems[i]!.id} in place ${position} instead of ${i}: ${difference}`;
    }
    return undefined;
  });
}

/** Draws are alike in law, so that a decision by what they are called would make one place in the pool better than another. */
function namesDoNotMatter(trial: ProcedureTrial): Promise<Finding> {
  return inEveryWorld(trial, async ({ decisions: before }, { problems, access: open, decide }) => {
    const nameOf = (id: string) => `${stream(trial.seed, "name", id).integer(1_000_000)}#${id}`;
    const after = await decide(open({ nameOf }));
    for (const [i, { id: problem }] of problems.entries()) {
      const difference = differenceOf(renamed(before[i], nameOf), after[i], trial.tolerance);
      if (difference) return `${problem} with its draws renamed: ${difference}`;
    }
    return undefined;
  });
}

function renamed(decision: Decision | undefined, nameOf: (id: string) => string): Decision | undefined {
  if (decision?.kind !== "decided") return decision;
  return { ...decision, weights: decision.weights.map(({ id, weight }) => ({ id: nameOf(id), weight })) };
}

function decidesTheSameAgain(trial: ProcedureTrial): Promise<Finding> {
  return inEveryWorld(trial, async ({ decisions: before }, { problems, access: open, decide }) => {
    const after = await decide(open());
    for (const [i, problem] of problems.entries()) {
      const difference = differenceOf(before[i], after[i], 0);
      if (difference) return `${problem.id}: ${difference}`;
    }
    return undefined;
  });
}

async function stopsWhenTold(trial: ProcedureTrial): Promise<Finding> {
  for (const { name, access: open, decide } of trialWorlds(trial, ["clean"])) {
    const access = open({ signal: AbortSignal.abort() });
    try {
      await decide(access);
    } catch (error) {
      if (error instanceof TouchstoneError && error.code === "interrupted") continue;
      return `${name}: ended with ${String(error)} and not with "interrupted"`;
    }
    return `${name}: decided although its signal had fired`;
  }
  return undefined;
}

function differenceOf(expected: Decision | undefined, received: Decision | undefined, tolerance: number): Finding {
  if (expected?.kind !== "decided" || received?.kind !== "decided") {
    return expected?.kind === received?.kind ? undefined : `${expected?.kind} became ${received?.kind}`;
  }
  const [before, after] = [byId(expected), byId(received)];
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(id) ?? 0, after.get(id) ?? 0];
    if (!(Math.abs(was - is) <= tolerance)) return `the weight of ${id} was ${was} and is ${is}`;
  }
  return undefined;
}

function byId(decision: Decision & { kind: "decided" }): Map<string, number> {
  const weights = new Map<string, number>();
  for (const { id, weight } of decision.weights) weights.set(id, (weights.get(id) ?? 0) + weight);
  return weights;
}
