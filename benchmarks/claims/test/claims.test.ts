import { readdirSync } from "node:fs";
import { join } from "node:path";
import { contrastRow, laserEvaluationRow, laserVoteRow } from "@touchstone/core";
import { worksOf, type Claim, type TrainedPart } from "@touchstone/evaluation/claims";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "..");
const files = readdirSync(folder).filter((file) => /^[a-z]+-\d+\.ts$/.test(file));
const claims = await Promise.all(
  files.map(async (file) => {
    const { default: claim } = (await import(join(folder, file))) as { readonly default: Claim };
    return { file, claim };
  }),
);

test("every file holds the claim of its name, as plain data", () => {
  for (const { file, claim } of claims) {
    expect(`${claim.id}.ts`).toBe(file);
    expect(JSON.parse(JSON.stringify(claim))).toEqual(claim);
    expect(claim.delta).toBeGreaterThan(0);
  }
});

test("all sentences of the table are here, with those about training and the one that needs a race marked", () => {
  const numbers = Map.groupBy(claims, ({ claim }) => claim.id.replace(/-\d+$/, ""));
  expect(Object.fromEntries([...numbers].map(([paper, list]) => [paper, list.length]))).toEqual({
    adabon: 4,
    certainty: 4,
    laser: 6,
    qalign: 5,
    race: 1,
    tea: 4,
    tricks: 1,
  });
  const idsOf = (kind: Claim["measure"]["kind"]) =>
    claims.flatMap(({ claim: { id, measure } }) => (measure.kind === kind ? [id] : [])).toSorted();
  expect(idsOf("elsewhere")).toEqual(["race-1"]);
  expect(idsOf("trained")).toEqual(["laser-4", "laser-6", "qalign-5", "tea-1", "tea-2", "tea-3", "tea-4"]);
});

test("claims about training name columns that experiments write", () => {
  const written: Readonly<Record<string, readonly string[]>> = {
    "contrasts.csv": Object.keys(contrastRow.shape),
    "evaluations.csv": Object.keys(laserEvaluationRow.shape),
    "votes.csv": Object.keys(laserVoteRow.shape),
  };
  const cells = claims.flatMap(({ claim: { measure } }) =>
    measure.kind === "trained" ? measure.cases.flatMap(({ parts }) => parts.flatMap(cellsOf)) : [],
  );
  expect(cells.length).toBeGreaterThan(0);
  for (const { table, columns } of cells) expect(written[table]).toEqual(expect.arrayContaining([...columns, "seed"]));
});

function cellsOf(part: TrainedPart): readonly { readonly table: string; readonly columns: readonly string[] }[] {
  if ("saving" in part) {
    return [part.saving.left, part.saving.right].map(({ table, where, column, along, cost }) => ({
      table,
      columns: [...Object.keys(where), column, along, cost],
    }));
  }
  return [part.left, part.right].flatMap((side) =>
    "cell" in side
      ? []
      : side.terms.map(({ of: { table, where, column, problem } }) => ({
          table,
          columns: [...Object.keys(where), column, ...(problem === undefined ? [] : [problem])],
        })),
  );
}

test("settings of one name are one setting, and no two have a name in common", () => {
  const settings = claims.flatMap(({ claim: { measure } }) =>
    measure.kind === "elsewhere" || measure.kind === "trained" ? [] : measure.cases.map(({ setting }) => setting),
  );
  for (const [, list] of Map.groupBy(settings, ({ name }) => name)) {
    expect(new Set(list.map((setting) => JSON.stringify(setting))).size).toBe(1);
  }
});

test("budgets in samples fit into the pools, four times where subsets are random", () => {
  for (const { setting, cells } of worksOf(claims.map(({ claim }) => claim))) {
    if (setting.unit !== "samples") continue;
    for (const { budget } of cells) expect(4 * budget).toBeLessThanOrEqual(setting.pool);
  }
});
