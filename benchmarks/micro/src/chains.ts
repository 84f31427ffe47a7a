/** `npm run bench:chains`: what a step of many chains costs with kept prefixes, without, and beside drawing as many whole samples. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stream } from "@touchstone/core";
import type { SampleRequest } from "@touchstone/core";
import { loadLanguageModel } from "@touchstone/inference";
import type { LocalLanguageModel } from "@touchstone/inference";
import type { ChainReport, ChainRow } from "./chain-report.ts";
import { chainTable, renewed } from "./chain-report.ts";
import { chainWorkloads } from "./chain-workload.ts";
import type { ChainWorkload } from "./chain-workload.ts";
import { machine } from "./machine.ts";
import { median } from "./measure.ts";
import { CHAINS_FILE, readChains, writePerformancePage } from "./page.ts";
import { children, processorSeconds } from "./processor-time.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "15" },
    model: { type: "string" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const mostRounds = Number(values.rounds);
if (values.help || !(Number.isSafeInteger(mostRounds) && mostRounds >= 1)) {
  console.log(
    "npm run bench:chains -- [--rounds 15: at most] [--model arith: one policy] [--write: keep what was measured, and renew docs/performance.md]",
  );
  process.exit(values.help ? 0 : 2);
}

const tile = 32;

const began = loadavg()[0]!;
const scratch = await mkdtemp(join(tmpdir(), "touchstone-chains-"));
const rows: ChainRow[] = [];
try {
  for await (const workload of chainWorkloads(scratch)) {
    if (values.model !== undefined && values.model !== workload.model) continue;
    const row = await measure(workload, Math.min(mostRounds, workload.rounds));
    rows.push(row);
    console.error(`${row.model}, ${row.chains} chains: reading again ${row.readingAgain.toFixed(2)} ×`);
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
const loads = [began, loadavg()[0]!];
const report: ChainReport = {
  date: new Date().toISOString().slice(0, 10),
  machine: machine(),
  load: [Math.min(...loads), Math.max(...loads)],
  rows,
};
console.log(chainTable(report));
if (values.write) {
  await mkdir(join(CHAINS_FILE, ".."), { recursive: true });
  const before = values.model === undefined ? undefined : readChains();
  await writeFile(CHAINS_FILE, `${JSON.stringify(before ? renewed(before, report) : report, null, 2)}\n`);
  await writePerformancePage();
}

/** All sides take turns; a round of each beforehand is not counted. */
async function measure({ model, folder, problems, newTokens }: ChainWorkload, rounds: number): Promise<ChainRow> {
  const [keeping, again] = [
    await loadLanguageModel(folder, { tile }),
    await loadLanguageModel(folder, { tile, prefixMemory: 0 }),
  ];
  const request = (problem: SampleRequest["problem"], seed: number, samples = 1): SampleRequest => {
    const decoding = { temperature: 1, topK: 0, topP: 1, maxTokens: newTokens, stop: [] };
    return { problem, first: 0, count: samples, seed, decoding };
  };
  const few = problems.slice(0, Math.ceil(problems.length / tile));
  const first = problems.map((problem) => request(problem, 0));
  const others = children();
  let states = (await timed(keeping, first)).tokens;
  const keepers = children().filter((id) => !others.includes(id));
  await timed(again, first);
  const readers = children().filter((id) => !others.includes(id) && !keepers.includes(id));
  const seconds = { step: [] as number[], again: [] as number[], whole: [] as number[] };
  const processor = { step: [] as number[], again: [] as number[] };
  const speeds = { chains: [] as number[], whole: [] as number[] };
  const sums = { drawn: 0, kept: 0, read: 0, same: 0 };
  for (let round = 0; round <= rounds; round++) {
    const whole = await timed(
      keeping,
      few.map((problem) => request(problem, 1 + round, tile)),
    );
    const random = stream(1, "cut", round);
    const prefixes = states.map((tokens) => tokens.slice(0, random.integer(tokens.length)));
    const requests = first.map((one, i) => ({ ...one, step: 1 + round, prefix: prefixes[i]! }));
    const before = keeping.reading.read;
    const other = round % 2 === 0 ? await timed(again, requests, readers) : undefined;
    const continued = await timed(keeping, requests, keepers);
    const reread = other ?? (await timed(again, requests, readers));
    states = continued.tokens;
    if (round === 0) continue;
    const kept = count(prefixes);
    const drawn = count(continued.tokens) - kept;
    seconds.step.push(continued.seconds);
    seconds.again.push(reread.seconds);
    processor.step.push(continued.processor);
    processor.again.push(reread.processor);
    seconds.whole.push((whole.seconds * problems.length) / (few.length * tile));
    speeds.chains.push(drawn / continued.seconds);
    speeds.whole.push(count(whole.tokens) / whole.seconds);
    sums.kept += kept;
    sums.drawn += drawn;
    sums.read += keeping.reading.read - before;
    sums.same += continued.tokens.filter((tokens, i) => tokens.join() === reread.tokens[i]!.join()).length;
  }
  const ratio = (some: readonly number[], by = seconds.step) => median(some.map((value, i) => value / by[i]!));
  const inProcessor = ratio(processor.again, processor.step);
  const perChain = (sum: number) => sum / (rounds * problems.length);
  const prompts = problems.reduce((sum, { messages }) => sum + keeping.promptLength(messages), 0);
  await Promise.all([keeping.close(), again.close()]);
  return {
    model,
    chains: problems.length,
    rounds,
    stepSeconds: median(seconds.step),
    readingAgain: ratio(seconds.again),
    readingAgainProcessor: Number.isNaN(inProcessor) ? null : inProcessor,
    ofWhole: 1 / ratio(seconds.whole),
    same: perChain(sums.same),
    promptTokens: prompts / problems.length,
    keptTokens: perChain(sums.kept),
    readTokens: perChain(sums.read),
    drawnTokens: perChain(sums.drawn),
    drawnPerSecond: median(speeds.chains),
    wholePerSecond: median(speeds.whole),
  };
}

async function timed(
  policy: LocalLanguageModel,
  requests: readonly SampleRequest[],
  workers: readonly string[] = [],
): Promise<{ tokens: Int32Array[]; seconds: number; processor: number }> {
  const [start, own, theirs] = [performance.now(), process.cpuUsage(), processorSeconds(workers)];
  const tokens: Int32Array[][] = requests.map(() => []);
  for await (const { request: at, samples } of policy.sample(requests)) {
    for (const sample of samples) if (sample.index < requests[at]!.count) tokens[at]!.push(sample.tokens);
  }
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(own);
  return { tokens: tokens.flat(), seconds, processor: (user + system) / 1e6 + processorSeconds(workers) - theirs };
}

function count(lists: readonly Int32Array[]): number {
  return lists.reduce((sum, list) => sum + list.length, 0);
}
