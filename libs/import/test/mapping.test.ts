import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aggregate } from "../src/aggregate.ts";
import { parseMapping } from "../src/index.ts";
import { mappingSchema } from "../src/mapping.ts";
import { parsePath, valueAt } from "@touchstone/tasks";
import { problemOf, responsesOf, rewardNames } from "../src/responses.ts";
import { mapping } from "./files.ts";

const fail = (why: string, value: unknown) => new Error(`${why} / ${String(value)}`);

test("a path walks fields and lists; [] is the sample's place", () => {
  const record = { "AMT (s)": 4, output: [{ value: [1, 2] }, { value: [3] }] };
  expect(valueAt(record, "AMT (s)", 0)).toBe(4);
  expect(valueAt(record, "output[].value[0]", 1)).toBe(3);
  expect(valueAt(record, "output[0].value", 1)).toEqual([1, 2]);
  expect(valueAt(record, "output[].none.deeper", 0)).toBeUndefined();
});

test.each([
  ["", "it is empty"],
  ["a[b]", 'it cannot be read from "[b]" on'],
  ["a[].b[]", "`[]` may stand in it once"],
])("%j is no path: %s", (path, fault) => {
  expect(parsePath(path).fault).toBe(fault);
});

test("step scores are aggregated as their names say, and what is missing makes the reward missing", () => {
  const steps = [0.5, 0.25, 0.8];
  expect(aggregate(steps, "min")).toBe(0.25);
  expect(aggregate(steps, "last")).toBe(0.8);
  expect(aggregate(steps, "mean")).toBeCloseTo(1.55 / 3, 15);
  expect(aggregate(steps, "product")).toBeCloseTo(0.1, 15);
  expect(aggregate([], "last")).toBeNaN();
  expect(aggregate([0.5, Number.NaN], "min")).toBeNaN();
  expect(aggregate([Number.NaN, 0.5], "last")).toBe(0.5);
});

test("one record with many responses: texts, scores, steps and grades side by side", () => {
  const map = mapping({
    problem: { id: "id", prompt: { template: "Q: {q.text}?" } },
    response: { text: "out[].text", tokens: "out[].n", correct: "ok[]" },
    grader: "recorded",
    rewards: {
      rm: { path: "score[][0]", subtract: 1, scale: 2 },
      prm: { steps: "out[].steps", aggregate: ["min", "last"] },
    },
  });
  const record = {
    id: 7,
    q: { text: "1 + 1" },
    out: [
      { text: "2", n: 5, steps: [0.9, 0.4] },
      { text: "", n: null, steps: [] },
    ],
    ok: [true, "False"],
    score: [[3], [null]],
  };
  expect(problemOf(record, map, fail)).toMatchObject({ id: "7", prompt: "Q: 1 + 1?", reference: "" });
  expect(rewardNames(map)).toEqual(["rm", "prm@min", "prm@last"]);
  const [first, second] = responsesOf(record, map, fail);
  expect(first).toMatchObject({ text: "2", tokens: 5, correct: 1 });
  expect(Object.fromEntries(first!.rewards)).toEqual({ rm: 4, "prm@min": 0.4, "prm@last": 0.4 });
  expect(second).toMatchObject({ text: "", tokens: undefined, correct: 0 });
  expect(Object.fromEntries(second!.rewards)).toEqual({
    rm: Number.NaN,
    "prm@min": Number.NaN,
    "prm@last": Number.NaN,
  });
});

test.each([
  [{ out: ["a", "b"], score: [1] }, '"score[]" has 1 entries, "out[]" has 2 / 1'],
  [{ out: "a", score: [] }, 'the field "out[]" holds no list of responses / undefined'],
  [{ out: ["a"], score: ["high"] }, 'the field "score[]" is not a number / high'],
  [{ out: [null], score: [1] }, 'the field "out[]" is missing or not a text / null'],
])("%j is refused: %s", (record, message) => {
  const map = mapping({ response: { text: "out[]" }, rewards: { rm: "score[]" } });
  expect(() => responsesOf(record, map, fail)).toThrow(message);
});

test("a missing grade is refused, a missing reward is not", () => {
  const map = mapping({ response: { text: "text", correct: "ok" }, grader: "recorded", rewards: { rm: "rm" } });
  expect(() => responsesOf({ text: "a" }, map, fail)).toThrow('the correctness in "ok" is missing / NaN');
  expect(() => responsesOf({ text: "a", ok: 2 }, map, fail)).toThrow(
    'the correctness in "ok" is not between 0 and 1 / 2',
  );
  expect(responsesOf({ text: "a", ok: 0.5, rm: "NaN" }, map, fail)[0]!.rewards.get("rm")).toBeNaN();
});

test.each([
  [{ grader: "recorded" }, "`response.correct` is needed by the grader `recorded`"],
  [{ problem: { prompt: "q", group: "q" } }, "`problem.reference` is needed by the grader `exact-number`"],
  [{ problem: { prompt: "q", reference: "a" } }, "`problem.group` is needed (or `id`): it says which responses answer"],
  [{ response: { text: "a[b]" } }, '`response.text` is not a path: it cannot be read from "[b]" on'],
  [{ extractor: "guess" }, "`extractor` "],
  [{ rewards: { prm: { steps: "s", aggregate: ["max"] } } }, "`rewards.prm` "],
])("the mapping with %j is refused: %s", (changes, message) => {
  expect(() => mapping(changes)).toThrow(`bad-mapping: The mapping cannot be used: ${message}`);
});

test("a mapping that is neither YAML nor JSON says where it breaks", () => {
  expect(() => parseMapping("a: [1", "map.yaml")).toThrow(
    /^bad-mapping: The mapping cannot be used: it is neither YAML nor JSON \(.*at line 1, column \d+\)\. Received: map\.yaml\./,
  );
});

test("the mapping in the documentation is one, and the page names every field", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/real-pools.md"), "utf8");
  const example = parseMapping(/```yaml\n([\s\S]*?)```/.exec(page)![1]!, "docs/real-pools.md");
  const record = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)![1]!) as unknown;
  const [response] = responsesOf(record, example, fail);
  expect(response).toMatchObject({ text: "It is 2.", tokens: 4 });
  expect(Object.fromEntries(response!.rewards)).toEqual({
    rm: 0.9,
    "prm@min": 0.8,
    "prm@last": 0.9,
    "prm@mean": expect.closeTo(0.85, 12),
    "prm@product": expect.closeTo(0.72, 12),
  });
  for (const field of ["join", "problem", "response", "decoding"] as const) {
    expect(page).toContain(`\`${field}`);
  }
  for (const field of Object.keys({ ...mappingSchema.shape.problem.shape, ...mappingSchema.shape.response.shape })) {
    expect(page).toMatch(new RegExp(`\\.${field}\``));
  }
});
