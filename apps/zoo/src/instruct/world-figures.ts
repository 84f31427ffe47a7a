import { CONSTRAINT_KINDS } from "@touchstone/tasks";
import { spearman } from "@touchstone/stats";
import { figure, type Figure } from "../figures.ts";
import { withKind, type Scored } from "./reward-figures.ts";

/** One reward model's rewards of the same responses as the others', and what its card says about its order by kind. */
export interface Judged {
  readonly name: string;
  readonly scored: readonly Scored[];
  readonly figures: readonly Figure[];
}

/** Whether a bandit over the reward models has something to learn: how little they agree, and whether the best one depends on the kind. */
export function disagreementFigures(models: readonly Judged[]): Figure[] {
  return [leastCorrelation(models), bestModels(models)];
}

/** Over all kinds and pairs of models, the smallest mean within-problem rank correlation of their rewards. */
function leastCorrelation(models: readonly Judged[]): Figure {
  const found = models.flatMap((a, index) =>
    models.slice(index + 1).flatMap((b) =>
      CONSTRAINT_KINDS.map((kind) => {
        const [ofA, ofB] = [withKind(a.scored, kind), withKind(b.scored, kind)];
        return figure(
          "least-correlation",
          `Smallest rank correlation of two reward models within a problem, over pairs and kinds: ${a.name} and ${b.name}, problems with \`${kind}\``,
          ofA.map(({ one }, at) => spearman(one.rewards, ofB[at]?.one.rewards ?? [])),
          ofA.map(({ one }) => one.problem.cluster),
          a.scored[0]?.responses.length ?? 0,
        );
      }),
    ),
  );
  const least = found.filter((one) => Number.isFinite(one.estimate)).toSorted((a, b) => a.estimate - b.estimate)[0];
  if (!least) throw new RangeError("two reward models are needed to compare");
  return least;
}

/** How many of the models are the best at some kind, and at which. */
function bestModels(models: readonly Judged[]): Figure {
  const accuracy = ({ figures }: Judged, kind: string): number =>
    figures.find(({ name }) => name === `pairwise-${kind}`)?.estimate ?? 0;
  const best = CONSTRAINT_KINDS.map((kind) => ({
    kind,
    name: models.toSorted((a, b) => accuracy(b, kind) - accuracy(a, kind))[0]?.name ?? "",
  }));
  const names = [...new Set(best.map(({ name }) => name))].toSorted();
  const list = names.map(
    (name) => `${name}: ${best.flatMap((one) => (one.name === name ? [one.kind] : [])).join(", ")}`,
  );
  const scored = models[0]?.scored ?? [];
  return {
    name: "best-models",
    text: `Reward models that order the responses best for some kind (${list.join("; ")})`,
    estimate: names.length,
    low: null,
    high: null,
    problems: scored.length,
    clusters: new Set(scored.map(({ problem }) => problem.cluster)).size,
    samples: scored[0]?.responses.length ?? 0,
  };
}
