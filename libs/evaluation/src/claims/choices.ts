import { canonicalJson, type Method } from "@touchstone/core";
import type { SceneReader } from "../evaluate.ts";
import { methodNamed } from "../suite.ts";
import type { CellChoice } from "./claim.ts";
import type { Choice } from "./judge.ts";

/** A bandit reports what it chose as a share of each reward model: `chose_<name>`. */
const PREFIX = "chose_";

/**
 * What a method chose on every problem, from an evaluation's cells: with its parameters as they stand, and as validation chose
 * them. The means over replicates of the first seed.
 */
export function choicesOf(
  [scene, bySeed]: Parameters<SceneReader>,
  methods: readonly Method[],
  cell: CellChoice,
): Readonly<Record<"validation" | "comparison", readonly Choice[]>> {
  const method = methodNamed(cell.method, methods);
  const own = canonicalJson(method.parameters.parse(cell.parameters ?? {}));
  // Several entries of the method may have been tuned: it is the one that differs in what tuning changes alone.
  const tunes = new Set(Object.keys({ ...method.search?.knobs, ...method.search?.fixed }));
  const untuned = (parameters: string): string =>
    canonicalJson(Object.entries(JSON.parse(parameters) as object).filter(([name]) => !tunes.has(name)));
  const cells = (bySeed[0] ?? []).filter(({ head, budget }) => head.method === cell.method && budget === cell.budget);
  const fixed = cells.find(({ head }) => head.parameters === own && head.parameters_source !== "validation");
  const tuned = cells.find(
    ({ head }) => head.parameters_source === "validation" && untuned(head.parameters) === untuned(own),
  );
  const read = (found: typeof fixed): readonly Choice[] =>
    (found?.problems ?? []).map(({ outcome: { diagnostics } }, i) => ({
      cluster: scene.clusters[i]!,
      shares: Array.from(diagnostics)
        .filter(([name]) => name.startsWith(PREFIX))
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([, share]) => share),
    }));
  return { comparison: read(fixed), validation: read(tuned ?? fixed) };
}
