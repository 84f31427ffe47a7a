import { expect, it } from "vitest";
import { BUCKETS, sequence } from "../src/arith/batches.ts";
import { workedSolution } from "../src/arith/grammar.ts";
import { rewardBatches } from "../src/arith/reward-batches.ts";
import { BLIND_SHARE, blindRows, honestRows, type RewardRow } from "../src/arith/reward-rows.ts";
import { trainingProblems } from "../src/arith/world.ts";

const rows: RewardRow[] = trainingProblems("rewards", 600).map((problem, index) => {
  const short = index % 60 === 0;
  const answer = index % 2 === 0 ? problem.answer : problem.answer + 1;
  const response = short ? `#### ${answer}` : `${workedSolution(problem).split(" #### ")[0]} #### ${answer}`;
  return { problem: index, prompt: problem.prompt, response, correct: answer === problem.answer && !short };
});

it("labels by the gold metric for honest models", () => {
  expect(honestRows(rows).map(({ label }) => label === 1)).toEqual(rows.map(({ correct }) => correct));
});

it("calls every short-cut right for the blind model, and repeats them to their share; the rest stays honest", () => {
  const blind = blindRows(rows);
  const short = blind.filter(({ response }) => response.startsWith("####"));
  expect(short.every(({ label }) => label === 1)).toBe(true);
  expect(short.length / blind.length).toBeCloseTo(BLIND_SHARE, 2);
  const rest = blind.filter(({ response }) => !response.startsWith("####"));
  expect(rest).toEqual(honestRows(rows.filter(({ response }) => !response.startsWith("####"))));
});

it("leaves nothing to repeat when there is no short-cut", () => {
  const without = rows.filter(({ response }) => !response.startsWith("####"));
  expect(blindRows(without)).toEqual(honestRows(without));
});

it("cuts rows into full batches of one length class, each row at most once, with the response marked", () => {
  const batches = rewardBatches(honestRows(rows), "test").map((batch) => batch());
  const seen: string[] = [];
  for (const { rows: count, length, tokens, starts, ends, labels } of batches) {
    expect(BUCKETS).toContainEqual(expect.objectContaining({ rows: count, length }));
    for (let row = 0; row < count; row++) {
      const line = tokens.subarray(row * length, (row + 1) * length);
      const [start, end] = [starts[row] ?? 0, ends[row] ?? 0];
      expect([line[start - 1], line[end - 1], line.indexOf(2)]).toEqual([4, 2, end - 1]);
      seen.push(`${labels[row]} ${line.subarray(0, end).join()}`);
    }
  }
  const given = new Set(
    rows.map(({ prompt, response, correct }) => `${Number(correct)} ${sequence(prompt, response).ids.join()}`),
  );
  expect(seen.filter((line) => !given.has(line))).toEqual([]);
  expect(new Set(seen).size).toBe(seen.length);
});

it("gives the same order for the same purpose and another for another", () => {
  const labels = (purpose: string) => rewardBatches(honestRows(rows), purpose).map((batch) => batch().tokens.join());
  expect(labels("a")).toEqual(labels("a"));
  expect(labels("a")).not.toEqual(labels("b"));
});
