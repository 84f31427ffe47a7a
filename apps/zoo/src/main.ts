import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { writeDatasets } from "./arith/datasets.ts";
import { runPolicy } from "./arith/policy-run.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const home = join(root, ".touchstone", "zoo", "arith");
const interruption = new AbortController();
process.once("SIGINT", () => interruption.abort());
process.once("SIGTERM", () => interruption.abort());

const stages = {
  datasets: () => writeDatasets(root),
  "policy-run": () => runPolicy(join(home, "policy-run"), join(home, "zoo.log"), interruption.signal),
};
const only = process.argv[3];
for (const [name, stage] of Object.entries(stages)) if (only === undefined || only === name) await stage();
