import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { placesOf, runStages, trainingStages } from "./arith/train.ts";

const USAGE = `npm run zoo:train -- arith [--only <stage>]     trains the models of a world from nothing
npm run zoo:measure -- arith                   measures them and writes their cards`;

const { positionals, values } = parseArgs({ allowPositionals: true, options: { only: { type: "string" } } });
const [command, world] = positionals;
const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () =>
    interruption.abort(new Error("Stopped; the same command goes on from the last checkpoint.")),
  );
}
const places = placesOf(fileURLToPath(new URL("../../../", import.meta.url)));
const log = join(places.home, "zoo.log");
try {
  if (world !== "arith") throw new Error(`There is no world "${world ?? ""}".\n${USAGE}`);
  if (command === "train") await runStages(trainingStages(places), log, interruption.signal, values.only);
  else throw new Error(`"${command ?? ""}" is neither train nor measure.\n${USAGE}`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = interruption.signal.aborted ? 130 : 1;
}
