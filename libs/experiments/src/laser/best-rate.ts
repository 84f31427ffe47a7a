import { TouchstoneError } from "@touchstone/core";
import type { TabledRun } from "./tables.ts";

/** The rate whose run has the highest validation gold at its end, the first of equals; one that diverged has none. Throws `diverged`. */
export function bestRate(trials: readonly Pick<TabledRun, "spec" | "evaluations">[], iterations: number): number {
  const golds = trials.flatMap(({ spec, evaluations }) =>
    evaluations
      .filter(({ metric, iteration }) => metric === "gold" && iteration === iterations)
      .map(({ estimate }) => ({ rate: spec.rate, gold: estimate })),
  );
  const [first, ...others] = golds;
  if (first) return others.reduce((best, one) => (one.gold > best.gold ? one : best), first).rate;
  throw new TouchstoneError({
    code: "diverged",
    family: "input",
    what: "Training diverged at every learning rate.",
    fix: "Add smaller ones to `training.rates`.",
  });
}
