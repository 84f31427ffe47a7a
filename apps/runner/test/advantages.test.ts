import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, test, vi } from "vitest";
import { ESTIMATORS } from "../src/estimators.ts";
import { ROOT } from "../src/places.ts";
import { addAdvantages, type GroupAdvantages } from "../src/rollouts/add-advantages.ts";
import { lines } from "../src/rollouts/lines.ts";
import { estimatorOf, optionsOf } from "../src/rollouts/options.ts";
import { Cli, dataOf, refusal, touchstone } from "./cli.ts";

vi.setConfig({ testTimeout: 300_000 });

const folder = mkdtempSync(join(tmpdir(), "touchstone-advantages-"));
afterAll(() => {
  Cli.endAll();
  rmSync(folder, { recursive: true, force: true });
});

let files = 0;
function fileOf(content: string): string {
  const path = join(folder, `${files++}.jsonl`);
  writeFileSync(path, content);
  return path;
}

/** Centred rewards, so that what is added can be read off. */
const centred = (rewards: Float64Array) => {
  const mean = rewards.reduce((a, b) => a + b, 0) / rewards.length;
  return rewards.map((reward) => reward - mean);
};

async function added(
  content: string | Buffer,
  advantages: GroupAdvantages = centred,
  bytesAtOnce = 1 << 20,
): Promise<Buffer> {
  async function* chunks() {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length; at += bytesAtOnce) yield bytes.subarray(at, at + bytesAtOnce);
  }
  const out: Buffer[] = [];
  for await (const bytes of addAdvantages(lines(chunks()), advantages)) out.push(bytes);
  return Buffer.concat(out);
}

const ODD = [
  `{"reward":1,"group":"ä \\u00e9 \\"}","text":"line\\nbreak } é 🙂", "nested":{"reward":9,"a":[{}]}}\r\n`,
  `  {"group":"ä \\u00e9 \\"}" , "reward" : 3e0 } \t\n`,
  "\n",
  `{"group":7,"reward":-2.50,"big":12345678901234567890}\n`,
  `{"group":"7","reward":4}`,
];

const EXPECTED = [
  `{"reward":1,"group":"ä \\u00e9 \\"}","text":"line\\nbreak } é 🙂", "nested":{"reward":9,"a":[{}]},"advantage":-1}\r\n`,
  `  {"group":"ä \\u00e9 \\"}" , "reward" : 3e0 ,"advantage":1} \t\n`,
  "\n",
  `{"group":7,"reward":-2.50,"big":12345678901234567890,"advantage":0}\n`,
  `{"group":"7","reward":4,"advantage":0}`,
];

test("every estimator has its row on the page", () => {
  const page = readFileSync(join(ROOT, "docs", "advantages.md"), "utf8");
  const rows = page.split("## The estimators")[1]!.split("### ")[0]!;
  expect([...rows.matchAll(/^\| `([a-z-]+)`/gm)].map(([, name]) => name)).toEqual(ESTIMATORS.map(({ name }) => name));
});

test.each([1, 2, 3, 7, 64, 1000])("every other byte stays, wherever a chunk of %i bytes ends", async (bytesAtOnce) => {
  expect((await added(ODD.join(""), centred, bytesAtOnce)).toString()).toBe(EXPECTED.join(""));
});

test("bytes that are no UTF-8 pass unchanged", async () => {
  const [head, tail] = [Buffer.from('{"group":1,"reward":1,"x":"'), Buffer.from('"}\n')];
  const odd = Buffer.from([0xff, 0xfe, 0xc3]);
  expect(await added(Buffer.concat([head, odd, tail]))).toEqual(
    Buffer.concat([head, odd, Buffer.from('","advantage":0}\n')]),
  );
});

test("a line longer than any buffer passes, and nothing gives nothing", async () => {
  const line = `{"group":1,"reward":1,"x":"${"y".repeat(3 << 20)}"}\n`;
  expect((await added(line, centred, 1 << 16)).toString()).toBe(line.replace("}\n", ',"advantage":0}\n'));
  expect(await added("")).toEqual(Buffer.alloc(0));
});

test("tea of a file, and of stdin, is what the formula says", async () => {
  // One group with a top of 4: r = 0, so that rewards at and below it have no advantage.
  const rewards = [3, 0, 2, -1, 1, -1, -1, -1];
  const content = rewards.map((reward) => `${JSON.stringify({ group: "a", reward })}\n`).join("");
  const path = fileOf(content);
  const fromFile = await dataOf("advantages", "--estimator=tea", "--n=64", "--alpha=0.5", path);
  const values = fromFile
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { advantage: number }).advantage);
  // c̃_64(.5) = 2.5643 from our table; μ = 1.5, σ = √1.25.
  const expected = rewards.map((u) => (u > 0 ? (u * (1 + (2.5643 / (2 * Math.sqrt(1.25))) * (u - 3))) / 4 : 0));
  for (const [i, value] of expected.entries()) expect(values[i]).toBeCloseTo(value, 3);

  const child = spawn(
    process.execPath,
    [join(ROOT, "apps/runner/src/cli.ts"), "advantages", "--estimator=tea", "--n=64"].concat("--top=4"),
    {
      stdio: ["pipe", "pipe", "ignore"],
    },
  );
  child.stdin.end(content);
  expect(await text(child.stdout)).toBe(fromFile);
});

test("a reader that has seen enough is no error", async () => {
  const content = Array.from({ length: 200_000 }, (_, i) => `{"group":${i >> 3},"reward":${i % 8}}\n`).join("");
  const args = [join(ROOT, "apps/runner/src/cli.ts"), "advantages", "--estimator=rloo", "--n=8", fileOf(content)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const said = text(child.stderr);
  child.stdout.once("data", () => child.stdout.destroy());
  await once(child, "exit");
  expect([child.exitCode, (await said).replaceAll(/^rloo.*\n/gm, "")]).toEqual([0, ""]);
});

test("what a group is too small for is said once, on stderr", async () => {
  const content = Array.from({ length: 24 }, (_, i) => `{"group":${i >> 3},"reward":${(i * 7) % 5}}\n`).join("");
  const path = fileOf(content);
  const { code, stderr } = await touchstone("advantages", "--estimator=tea", "--n=64", "--alpha=0.25", path);
  expect([code, stderr]).toEqual([
    0,
    "warning: tea has an effective alpha of 0.25 in groups of 8 (their top 2): nothing is extrapolated, it is half of max-at-k with k = 8 for every n.\n" +
      "tea, n = 64: 24 rollouts in 3 groups\n",
  ]);
  expect(await touchstone("advantages", "--estimator=tea", "--n=64", "--quiet", path)).toMatchObject({ stderr: "" });
});

const rloo = (rewards: Float64Array) => estimatorOf("rloo").advantages(rewards, { n: 8 });

const ROW = '{"group":"a","reward":1}\n';

describe("rollouts that cannot be used are refused with their line", () => {
  test.each([
    ["no JSON", `${ROW}{"group":\n`, /^bad-rollout: Line 2 is not JSON: .*Received: \{"group":\./],
    [
      "NaN",
      `${ROW}{"group":"a","reward":NaN}\n`,
      /^bad-rollout: Line 2 is not JSON: it holds NaN or Infinity.*Leave fail/,
    ],
    ["no object", `${ROW}[1]\n`, /^bad-rollout: Line 2 is no JSON object\. Received: \[1\]\. Write objects like/],
    ["no group", '{"reward":1}\n', /^bad-rollout: Line 1 needs a "group", a string or a number\. Received: null\./],
    ["no reward", '{"group":"a"}\n', /^bad-rollout: Line 1 needs a "reward", a finite number\. Received: null\./],
    [
      "a reward in words",
      '{"group":1,"reward":"x"}\n',
      /^bad-rollout: Line 1 needs a "reward".*Received: x\. Leave failed/,
    ],
    ["a reward too large", '{"group":1,"reward":1e999}\n', /^bad-rollout: Line 1 .*Received: Infinity\./],
    ["an advantage", '{"group":1,"reward":1,"advantage":0}\n', /^bad-rollout: Line 1 already has an "advantage"/],
    [
      "a group that comes back",
      `${ROW}${ROW}{"group":"b","reward":1}\n{"group":"b","reward":1}\n${ROW}`,
      /^group-not-adjacent: Line 5 belongs to a group whose lines ended at line 2\. Received: a\. Write the rollouts/,
    ],
    [
      "a group too small",
      `${ROW}${ROW}{"group":"b","reward":1}\n`,
      /^group-too-small: Group "b", lines 3 to 3: A group has too few rollouts for rloo\. It needs at least 2\. Received: 1\./,
    ],
  ])("%s", async (_, content, message) => {
    await expect(added(content, rloo)).rejects.toMatchObject({
      family: "input",
      message: expect.stringMatching(message),
    });
  });

  test("by the command with exit code 3", async () => {
    const ended = await touchstone("advantages", "--estimator=rloo", "--n=8", fileOf('{"reward":1}\n'));
    expect(refusal(ended)).toEqual({
      exitCode: 3,
      message: expect.stringMatching(/^bad-rollout: Line 1 needs a "group"/),
    });
  });
});

describe("what was asked for is checked before anything is read", () => {
  test.each([
    ["tee", {}, /^unknown-estimator: .*Received: tee\. Did you mean `tea`\?/],
    ["max-at-k", { alpha: 0.5 }, /^bad-option: max-at-k has no option --alpha\. Received: 0\.5\./],
    ["tea", { alpha: 2 }, /^bad-option: tea does not accept its options in --alpha: /],
    ["tea", { alpha: 0.5, top: 4 }, /^bad-option: tea .*: takes alpha or top, not both\./],
    ["order-statistic-extrapolation", { k: [4] }, /^bad-option: .* in --k: /],
  ])("%s %j", (name, flags, message) => {
    expect(() => optionsOf(estimatorOf(name), 8, flags)).toThrow(message);
  });

  test("flags become options: one size, or two", () => {
    expect(optionsOf(estimatorOf("max-at-k"), 8, { k: [4] })).toEqual({ n: 8, k: 4 });
    expect(optionsOf(estimatorOf("order-statistic-extrapolation"), 8, { k: [4, 8] })).toEqual({
      n: 8,
      k: [4, 8],
      law: "normal",
    });
    expect(optionsOf(estimatorOf("prefix-tea"), 8, { order: 3 })).toEqual({ n: 8, alpha: 0.5, order: 3, prefixes: 4 });
  });

  test("by the command with exit code 2", async () => {
    const ended = await touchstone("advantages", "--estimator=tea", "--n=0", "/no/such/file");
    expect(refusal(ended)).toEqual({
      exitCode: 2,
      message: expect.stringMatching(/^bad-value: The flag --n takes a whole number of at least 1\. Received: 0\./),
    });
  });

  test("a file that is not there", async () => {
    const ended = await touchstone("advantages", "--estimator=tea", "--n=8", "/no/such/file");
    expect(refusal(ended)).toEqual({
      exitCode: 3,
      message: expect.stringMatching(
        /^unreadable-rollouts: The rollouts cannot be read \(there is no such file\)\. Received: \/no\/such\/file\./,
      ),
    });
  });
});
