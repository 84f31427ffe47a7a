import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRun } from "@touchstone/report";
import { afterAll, expect, test, vi } from "vitest";
import { METHODS } from "../src/methods.ts";
import { Cli, jsonOf } from "./cli.ts";
import { comparable } from "./tables.ts";

// Drawing takes seconds on a quiet machine; on a busy one it may take minutes.
const LONG = 300_000;
vi.setConfig({ testTimeout: LONG });

const folder = mkdtempSync(join(tmpdir(), "touchstone-every-method-"));
afterAll(() => {
  Cli.endAll();
  rmSync(folder, { recursive: true, force: true });
});

const suite = {
  name: "every-method",
  datasets: [{ name: "arith", split: "test", limit: 3 }],
  models: ["arith"],
  rewardModels: ["arith-good", "arith-small"],
  methods: METHODS.map(({ name }) => name),
  budgets: { amounts: [1, 16] },
  batch: { size: 3 },
  poolSize: 64,
  fit: { limit: 4 },
};

test("every registered method decides the same live and replayed from the pool alone, within its budget and as its ledger says", async () => {
  const file = join(folder, "every-method.json");
  writeFileSync(file, JSON.stringify(suite));
  const run = async (out: string) => {
    const flags = ["--pool", join(folder, "pool"), "--out", join(folder, out)];
    return (await jsonOf<{ run: string }>("run", file, ...flags)).run;
  };
  const live = await run("live");
  const replayed = await run("replayed");
  const { results, ledger } = await readRun(live);
  const drawn = async (path: string) => (await readRun(path)).manifest.pool.drawn_in_this_run;
  expect(await drawn(live)).toBeGreaterThan(0);
  expect(await drawn(replayed)).toBe(0);
  expect(await comparable(replayed)).toEqual(await comparable(live));

  const rows = results.filter(({ kind }) => kind === "method");
  expect(new Set(rows.map(({ method }) => method))).toEqual(new Set(suite.methods));

  // Nothing beyond its budget, and what is on the ledger is what the rows say of a mean problem.
  const decided = ledger!.filter(({ purpose }) => purpose === "decide");
  expect(new Set(decided.map(({ method }) => method))).toEqual(new Set(suite.methods));
  for (const row of decided) {
    const { method, budget, reward_model, problems } = row;
    const said = rows.find((of) => of.method === method && of.budget === budget && of.reward_model === reward_model)!;
    const where = `${method} at ${budget} with ${reward_model}`;
    expect({ where, within: row.samples! <= budget * problems + 1e-9 }).toEqual({ where, within: true });
    for (const column of ["prompt_tokens", "completion_tokens", "reward_tokens", "flops"] as const) {
      const difference = Math.abs(row[column]! - problems * said[column]!);
      expect({ where, column, close: difference <= 1e-6 * Math.max(1, row[column]!) }).toEqual({
        where,
        column,
        close: true,
      });
    }
  }
});
