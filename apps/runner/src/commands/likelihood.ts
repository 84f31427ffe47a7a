import { resolve } from "node:path";
import { TouchstoneError, viewOf, type LanguageModel, type Problem, type Split } from "@touchstone/core";
import { chosenProblems } from "@touchstone/evaluation";
import { scoreChoices } from "@touchstone/evaluation/likelihood";
import { loadLanguageModel } from "@touchstone/inference";
import { loadDataset, parseChoices } from "@touchstone/tasks";
import { print, say, type Context } from "../context.ts";
import { ModelHub } from "../hub.ts";
import { KeptScores } from "../likelihood/kept-scores.ts";
import { likelihoodTables, likelihoodText, writeLikelihood, type LikelihoodTables } from "../likelihood/tables.ts";
import { parseModelReference } from "../model-reference.ts";
import { PLACES } from "../places.ts";
import { ProgressLine } from "../progress-line.ts";
import type { Device } from "../values.ts";

export interface LikelihoodOptions {
  readonly model: readonly string[];
  readonly dataset: string;
  readonly split?: string | undefined;
  readonly limit?: number | undefined;
  readonly device?: Device | undefined;
  readonly offline?: true | undefined;
  readonly kept?: string | undefined;
  readonly out?: string | undefined;
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
}

/** `likelihood`: models choose among given answers. */
export async function likelihood(options: LikelihoodOptions, { interruption }: Context): Promise<void> {
  const { quiet = false, device = "cpu" } = options;
  const { signal } = interruption;
  interruption.enter("loading");
  const dataset = await loadDataset(PLACES.datasets, options.dataset);
  if (dataset.grader.gold !== "scored") throw notScored(dataset.name, dataset.grader.name);
  const split = splitOf(options.split ?? "test", dataset.splits, dataset.name);
  const problems = chosenProblems(dataset, split, options.limit);
  const questions = problems.map((problem: Problem) => {
    return { view: viewOf(problem), choices: parseChoices(problem.reference)!.choices };
  });
  const hub = new ModelHub({ offline: options.offline, quiet, signal, say });
  const progress = new ProgressLine(process.stderr);
  const tables: LikelihoodTables[] = [];
  for (const reference of options.model) {
    interruption.enter("loading");
    const model = await open(reference, device, hub, signal);
    try {
      await using kept = await KeptScores.open(
        resolve(options.kept ?? PLACES.likelihood),
        model.identity,
        dataset.name,
      );
      interruption.enter("scoring choices");
      const scores = await scoreChoices(model, questions, {
        known: kept.known,
        keep: (found) => kept.keep(found),
        signal,
        onProgress: (done, total) => {
          if (!quiet)
            progress.write(
              `score ${model.identity.name} on ${dataset.name}/${split}: ${done} of ${total}`,
              done === total,
            );
        },
      });
      const unfit = scores.filter(({ logLikelihoods }) => logLikelihoods.some(Number.isNaN)).length;
      if (unfit > 0)
        say(
          `Note: ${unfit} of ${problems.length} questions do not fit into the context of ${model.identity.name}; they have no score and are not counted.`,
        );
      tables.push(likelihoodTables(dataset, split, model, problems, scores));
    } finally {
      if (!quiet) progress.stop();
      await model.close();
    }
  }
  const rows = tables.flatMap((table) => table.rows);
  const files = options.out === undefined ? [] : await writeLikelihood(resolve(options.out), tables);
  print(options.json ? JSON.stringify(rows) : likelihoodText(rows));
  if (!quiet) for (const file of files) say(file);
}

async function open(reference: string, device: Device, hub: ModelHub, signal: AbortSignal): Promise<LanguageModel> {
  const parsed = parseModelReference(reference);
  if (parsed.kind !== "served") return loadLanguageModel(await hub.folder(reference, device), { device });
  const { openServed } = await import("../served-models.ts");
  return openServed(parsed, signal);
}

function splitOf(name: string, splits: readonly Split[], dataset: string): Split {
  const split = splits.find((one) => one === name);
  if (split) return split;
  throw new TouchstoneError({
    code: "unknown-split",
    family: "usage",
    what: `The dataset ${dataset} has no such split.`,
    value: name,
    fix: `It has: ${splits.join(", ")}.`,
  });
}

function notScored(dataset: string, grader: string): TouchstoneError {
  return new TouchstoneError({
    code: "answers-are-drawn",
    family: "usage",
    what: `The dataset ${dataset} has no choices to score: its responses are drawn, and graded by ${grader}.`,
    value: dataset,
    fix: "Use `./touchstone run`, or a dataset of the grader choice-likelihood.",
  });
}
