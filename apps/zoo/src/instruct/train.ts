import { join } from "node:path";
import { runPolicy, snapshotSteps } from "../policy-run.ts";
import type { Stage } from "../stages.ts";
import { INSTRUCT_RUN, RUN_STEPS } from "./policy-run.ts";

/** Where the stages of this world keep what they made: below `root`/.touchstone/zoo/instruct, ignored by git. */
export interface Places {
  /** The checkout. */
  readonly root: string;
  readonly home: string;
}

export function placesOf(root: string): Places {
  return { root, home: join(root, ".touchstone", "zoo", "instruct") };
}

/** From nothing to `models/`: each stage reads what those before it left. */
export function trainingStages({ home }: Places): Stage[] {
  const run = join(home, "policy-run");
  return [
    {
      name: "policy-run",
      isDone: async () => (await snapshotSteps(run)).at(-1) === RUN_STEPS,
      run: (progress, signal) => runPolicy(INSTRUCT_RUN, run, progress, signal),
    },
  ];
}
