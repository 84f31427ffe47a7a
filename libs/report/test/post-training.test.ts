import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  experimentIn,
  PAGE_DATA_PLACEHOLDER,
  readPostTraining,
  renderPostTrainingPage,
  writePostTraining,
  type PostTrainingPageData,
} from "../src/index.ts";
import { simulatedPostTraining } from "./simulated-post-training.ts";

const results = simulatedPostTraining();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "touchstone-comparison-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("reads back the comparison that was written", async () => {
  expect(experimentIn(folder)).toBeUndefined();
  const paths = await writePostTraining(folder, results);
  expect(experimentIn(folder)).toBe("post-training");
  expect(await readPostTraining(folder)).toEqual(results);
  const files = (await readdir(folder)).map((file) => join(folder, file));
  expect(files.toSorted()).toEqual(
    Object.values(paths)
      .filter((path) => !path.endsWith(".html"))
      .toSorted(),
  );
});

it("reads tables that were written before flaws had a column, with the flaws of the models beside them", async () => {
  const blind = { ...results, policies: results.policies.map((row) => ({ ...row, reward_model: "arith-blind" })) };
  const paths = await writePostTraining(folder, blind);
  const cells = readFileSync(paths.policies, "utf8")
    .split("\r\n")
    .map((line) => line.split(","));
  const places = new Set(["planted", "second_planted"].map((name) => cells[0]!.indexOf(name)));
  // No cell of these rows has a comma in it.
  const before = cells.map((line) => line.filter((_, i) => !places.has(i)).join(",")).join("\r\n");
  await writeFile(paths.policies, before);
  const { policies } = await readPostTraining(folder);
  const flaw = results.manifest.models.find(({ name }) => name === "arith-blind")!.planted;
  expect(flaw).not.toBeNull();
  expect(policies).toEqual(blind.policies.map((row) => ({ ...row, planted: flaw, second_planted: null })));
});

it("carries on its page what figures need, and no row of a single problem", () => {
  const page = renderPostTrainingPage(`<a>${PAGE_DATA_PLACEHOLDER}</a>`, results);
  const data = JSON.parse(page.slice("<a>".length, -"</a>".length)) as PostTrainingPageData & { problems?: unknown };
  expect(data.problems).toBeUndefined();
  const curve = data.curves.find(({ row, step, metric }) => row === "tea" && step === 40 && metric === "reward")!;
  const rows = results.deployment.filter(
    ({ row, step, metric, seed }) => row === "tea" && step === 40 && metric === "reward" && seed === 0,
  );
  expect(curve.n).toEqual(rows.map((row) => row.best_of));
  expect(curve.estimates).toEqual(rows.map(({ estimate }) => estimate));
  const trace = data.traces.find(({ row, name }) => row === "grpo" && name === "kl")!;
  expect([trace.steps.at(-1), trace.values.at(-1)]).toEqual([40, 2]);
});

it("says of a version that it cannot read what to do", async () => {
  const paths = await writePostTraining(folder, results);
  await writeFile(paths.manifest, JSON.stringify({ version: 99 }));
  await expect(readPostTraining(folder)).rejects.toMatchObject({ code: "run-version", family: "input" });
  await writeFile(paths.manifest, "{");
  await expect(readPostTraining(folder)).rejects.toMatchObject({ code: "damaged-file" });
});
