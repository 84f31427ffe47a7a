import { join } from "node:path";
import { renderPostTrainingPage, writePostTrainingPage } from "@touchstone/report";
import { simulatedPostTraining } from "@touchstone/report/simulated-post-training";
import { pageTemplate } from "../src/index.ts";

/** Writes the page of a simulated comparison; where it lies. `rewardModel`: what it was trained on. */
export async function postTrainingPageOf(folder: string, name: string, rewardModel?: string): Promise<string> {
  const results = simulatedPostTraining();
  const policies = results.policies.map((row) => (rewardModel ? { ...row, reward_model: rewardModel } : row));
  const place = join(folder, name);
  await writePostTrainingPage(
    place,
    renderPostTrainingPage(await pageTemplate("post-training"), { ...results, policies }),
  );
  return join(place, "report.html");
}
