import { readLaserExperiment } from "@touchstone/experiments/laser";
import {
  readLaserTraining,
  readPostTraining,
  renderLaserTrainingPage,
  renderPostTrainingPage,
  writeExperimentPage,
  type ExperimentKind,
} from "@touchstone/report";
import { pageTemplate } from "@touchstone/report-page";
import { summaryLines } from "./laser-training/words.ts";
import { effectLines } from "./post-training/words.ts";

/** Writes the page of an experiment from its tables alone; where it lies, and what came out in a few lines. */
export async function reportExperiment(
  folder: string,
  kind: ExperimentKind,
): Promise<{ readonly report: string; readonly lines: readonly string[] }> {
  if (kind === "post-training") {
    const results = await readPostTraining(folder);
    const html = renderPostTrainingPage(await pageTemplate("post-training"), results);
    return { report: await writeExperimentPage(folder, html), lines: effectLines(results) };
  }
  const results = await readLaserTraining(folder);
  const html = renderLaserTrainingPage(await pageTemplate("laser-training"), results);
  const experiment = readLaserExperiment(results.manifest.experiment_resolved);
  return { report: await writeExperimentPage(folder, html), lines: summaryLines(experiment, results) };
}
