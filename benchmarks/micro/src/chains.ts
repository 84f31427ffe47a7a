/** `npm run bench:chains`: what a step of many chains costs beside drawing as many whole samples, with the built-in policy. */
import { mkdir, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stream } from "@touchstone/core";
import type { Decoding, Problem, SampleRequest } from "@touchstone/core";
import { loadLanguageModel } from "@touchstone/inference";
import type { LocalLanguageModel } from "@touchstone/inference";
import { loadDataset } from "@touchstone/tasks";
import type { ChainReport, ChainRow } from "./chain-report.ts";
import { chainTable } from "./chain-report.ts";
import { machine } from "./machine.ts";
import { median } from "./measure.ts";
import { CHAINS_FILE, writePerformancePage } from "./page.ts";
import { ROOT } from "./workload.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "15" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
if (values.help || !(Number.isSafeInteger(rounds) && rounds >= 1)) {
  console.log("npm run bench:chains -- [--rounds 15] [--write: keep the result and renew docs/performance.md]");
  process.exit(values.help ? 0 : 2);
}

const decoding: Decoding = { temperature: 1, topK: 0, topP: 1, maxTokens: 96, stop: [] };
const tile = 32;

const began = loadavg()[0]!;
const model = await loadLanguageModel(join(ROOT, "models", "arith"), { tile });
const problems = (await loadDataset(join(ROOT, "datasets"), "arith")).problems("test");
const rows: ChainRow[] = [];
for (const chains of [64, 200]) {
  if (problems.length < chains) throw new Error(`the dataset has ${problems.length} test problems only`);
  rows.push(await measure(model, problems.slice(0, chains)));
}
await model.close();
const report: ChainReport = {
  date: new Date().toISOString().slice(0, 10),
  machine: machine(),
  rounds,
  load: [began, loadavg()[0]!],
  rows,
};
console.log(chainTable(report));
if (values.write) {
  await mkdir(join(CHAINS_FILE, ".."), { recursive: true });
  await writeFile(CHAINS_FILE, `${JSON.stringify(report, null, 2)}\n`);
  await writePerformancePage();
}

/** Both sides take turns; a round of each beforehand is not counted. */
async function measure(policy: LocalLanguageModel, asked: readonly Problem[]): Promise<ChainRow> {
  const few = asked.slice(0, Math.ceil(asked.length / tile));
  let states = (
    await timed(
      policy,
      asked.map((problem) => request(problem, 0)),
    )
  ).tokens;
  const [step, whole, reading]: [number[], number[], number[]] = [[], [], []];
  const speeds = { chains: [] as number[], whole: [] as number[] };
  const sums = { drawn: 0, kept: 0 };
  for (let round = 0; round <= rounds; round++) {
    const drawnWhole = await timed(
      policy,
      few.map((problem) => request(problem, 1 + round, tile)),
    );
    const random = stream(1, "cut", round);
    const prefixes = states.map((tokens) => tokens.slice(0, random.integer(tokens.length)));
    const continued = await timed(
      policy,
      asked.map((problem, i) => ({ ...request(problem, 0), step: 1 + round, prefix: prefixes[i]! })),
    );
    const started = performance.now();
    await policy.score(asked.map(({ messages }, i) => ({ messages, response: { text: "", tokens: prefixes[i]! } })));
    const read = (performance.now() - started) / 1000;
    states = continued.tokens;
    if (round === 0) continue;
    reading.push(read);
    step.push(continued.seconds);
    whole.push((drawnWhole.seconds * asked.length) / (few.length * tile));
    const kept = prefixes.reduce((sum, prefix) => sum + prefix.length, 0);
    sums.kept += kept;
    const drawn = count(continued.tokens) - kept;
    sums.drawn += drawn;
    speeds.chains.push(drawn / continued.seconds);
    speeds.whole.push(count(drawnWhole.tokens) / drawnWhole.seconds);
  }
  const perChain = (sum: number) => sum / (rounds * asked.length);
  return {
    chains: asked.length,
    stepSeconds: median(step),
    ofWhole: median(step.map((seconds, round) => seconds / whole[round]!)),
    readingShare: median(step.map((seconds, round) => reading[round]! / seconds)),
    promptTokens: asked.reduce((sum, { messages }) => sum + policy.promptLength(messages), 0) / asked.length,
    keptTokens: perChain(sums.kept),
    drawnTokens: perChain(sums.drawn),
    drawnPerSecond: median(speeds.chains),
    wholePerSecond: median(speeds.whole),
  };
}

function request(problem: Problem, seed: number, samples = 1): SampleRequest {
  return { problem, first: 0, count: samples, seed, decoding };
}

async function timed(
  policy: LocalLanguageModel,
  requests: readonly SampleRequest[],
): Promise<{ tokens: Int32Array[]; seconds: number }> {
  const start = performance.now();
  const tokens: Int32Array[][] = requests.map(() => []);
  for await (const { request: at, samples } of policy.sample(requests)) {
    for (const sample of samples) if (sample.index < requests[at]!.count) tokens[at]!.push(sample.tokens);
  }
  return { tokens: tokens.flat(), seconds: (performance.now() - start) / 1000 };
}

function count(lists: readonly Int32Array[]): number {
  return lists.reduce((sum, list) => sum + list.length, 0);
}
