import { join } from "node:path";
import { renderPostTrainingPage, writeExperimentPage } from "@touchstone/report";
import { simulatedPostTraining } from "@touchstone/report/simulated-post-training";
import { pageTemplate } from "../src/index.ts";

/** Writes the page of a simulated comparison; where it lies. `flawed`: whether what it was trained on has a planted flaw. */
export async function postTrainingPageOf(folder: string, name: string, flawed = false): Promise<string> {
  const results = simulatedPostTraining();
  const planted = flawed ? results.manifest.models.find((model) => model.name === "arith-blind")!.planted : null;
  const policies = results.policies.map((row) => ({ ...row, planted }));
  const html = renderPostTrainingPage(await pageTemplate("post-training"), { ...results, policies });
  return writeExperimentPage(join(folder, name), html);
}
