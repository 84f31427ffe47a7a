import type { Method } from "@touchstone/core";
import { ADAPTIVE, exploredDraws, LEAST_EXPLORED, type AllocationRule } from "@touchstone/stats";
import { z } from "zod";
import { allocationPoolSize, type AllocationPolicy } from "./allocation.ts";
import { contendersOf, type Place } from "./cells.ts";
import type { MethodChoice, Suite } from "./suite-schema.ts";
import { methodNamed } from "./method-named.ts";

/** Parameters by which a method that shares a budget says how it spreads it. */
const spreading = z.object({
  exploration: z.number(),
  allocation: z.enum(["greedy", "sd-proportional", "lowest-maximum-first", "uniform"]),
  density: z.enum(["kernel", "gaussian", "empirical"]),
  estimator: z.enum(["exact", "monte-carlo"]),
  paths: z.number(),
});

/** The policies that are played on the same draws: entries of the suite that explore alike, and what they are read beside. */
export interface PolicyGroup {
  readonly exploration: number;
  /** Draws per problem that all begin with. */
  readonly explored: number;
  readonly policies: readonly AllocationPolicy[];
}

export type AllocationSuite = Pick<Suite, "allocation" | "budgets" | "methods">;

/** Draws per problem, on average, that are allocated. */
export function allocatedBudget({ allocation, budgets }: Pick<Suite, "allocation" | "budgets">): number {
  return allocation?.budget ?? Math.max(...budgets.amounts);
}

/**
 * What a suite studies with one reward model: its entries that share a budget, grouped by what they explore; beside each group uniform
 * allocation, the ablations (in proportion to the standard deviation, all to the lowest maximum, the law of the explored rewards
 * themselves) and the oracle. Entries that `leftOut` names are not among them.
 */
export function policyGroups(
  suite: AllocationSuite,
  methods: readonly Method[],
  rewardModel: string,
  place: Place,
): readonly PolicyGroup[] {
  const budget = allocatedBudget(suite);
  const entries = contendersOf(suite, methods, [rewardModel], place)
    .filter(({ visible }) => visible.includes(rewardModel))
    .flatMap(({ choice }) => spreadOf(choice, methods) ?? [])
    .filter((entry) => reasonAgainst(entry, budget) === undefined);
  return Array.from(
    Map.groupBy(entries, ({ exploration }) => exploration),
    ([exploration, group]) => ({
      exploration,
      explored: exploredDraws(budget, exploration),
      policies: policiesOf(
        exploration,
        group.map(({ rule }) => rule),
      ),
    }),
  );
}

/** Sentences about what a suite cannot study. */
export function leftOut(suite: AllocationSuite, methods: readonly Method[]): readonly string[] {
  if (!suite.allocation) return [];
  const entries = suite.methods.flatMap((choice) => {
    const entry = spreadOf(choice, methods);
    return entry ? [{ ...entry, name: choice.name }] : [];
  });
  if (entries.length === 0) {
    return ["No method of the suite spreads a shared budget: allocation.csv is not written."];
  }
  return entries.flatMap((entry) => {
    const reason = reasonAgainst(entry, allocatedBudget(suite));
    return reason === undefined ? [] : [`${entry.name} is not studied where ${reason}.`];
  });
}

/** Samples that a problem's pool must hold for what a suite studies: exploration, exploitation and comparator share none. */
export function studiedPoolSize(suite: AllocationSuite, methods: readonly Method[]): number {
  if (!suite.allocation) return 0;
  const budget = allocatedBudget(suite);
  const batchSize = Math.max(...suite.allocation.batchSizes);
  return suite.methods
    .flatMap((choice) => spreadOf(choice, methods) ?? [])
    .filter((entry) => reasonAgainst(entry, budget) === undefined)
    .reduce((most, { exploration, rule }) => {
      const policies = [{ name: "", exploration, rule }];
      return Math.max(most, allocationPoolSize({ batchSize, budget, policies }));
    }, 0);
}

interface Spread {
  readonly exploration: number;
  readonly rule: AllocationRule;
}

/** How an entry spreads a shared budget; undefined where its method does not. */
function spreadOf({ name, parameters }: MethodChoice, methods: readonly Method[]): Spread | undefined {
  if (!methodNamed(name, methods).needs.batch) return undefined;
  const parsed = spreading.safeParse(parameters);
  if (!parsed.success) return undefined;
  const { exploration, ...rule } = parsed.data;
  return { exploration, rule };
}

/** Why an entry is not studied; undefined where it is. */
function reasonAgainst({ exploration, rule }: Spread, budget: number): string | undefined {
  if (rule.estimator === "monte-carlo" && rule.allocation === "greedy") {
    return "values are simulated (`estimator: monte-carlo`): far more work than the integral that they approximate";
  }
  const explored = exploredDraws(budget, exploration);
  if (explored >= LEAST_EXPLORED && explored <= budget) return undefined;
  return `it explores ${explored} of ${budget} draws a problem: ${LEAST_EXPLORED} are needed`;
}

function policiesOf(exploration: number, entries: readonly AllocationRule[]): readonly AllocationPolicy[] {
  const rules = [
    { ...ADAPTIVE, allocation: "uniform" as const },
    ...entries,
    { ...ADAPTIVE, allocation: "sd-proportional" as const },
    { ...ADAPTIVE, allocation: "lowest-maximum-first" as const },
    { ...ADAPTIVE, density: "empirical" as const },
  ];
  const distinct = new Map(rules.map((rule) => [JSON.stringify(Object.entries(rule).toSorted()), rule]));
  return [
    ...Array.from(distinct.values(), (rule) => ({ name: nameOf(rule), exploration, rule })),
    { name: "oracle", exploration, rule: "oracle" },
  ];
}

function nameOf({ allocation, density }: AllocationRule): string {
  if (allocation !== "greedy") return allocation;
  return density === "kernel" ? "adaptive-best-of-n" : density;
}
