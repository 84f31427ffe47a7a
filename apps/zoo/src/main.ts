import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { EXIT_CODES, interrupted, TouchstoneError } from "@touchstone/core";
import { measure } from "./arith/measure.ts";
import { placesOf, runStages, trainingStages } from "./arith/train.ts";

const USAGE = "Type `npm run zoo:train -- arith [--only <stage>]` or `npm run zoo:measure -- arith`.";

function usage(what: string, value: string | undefined): TouchstoneError {
  return new TouchstoneError({ code: "zoo-usage", family: "usage", what, value: value ?? "nothing", fix: USAGE });
}

async function main(signal: AbortSignal): Promise<void> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { only: { type: "string" } } });
  const [command, world] = positionals;
  if (command !== "train" && command !== "measure") throw usage("The zoo can train and measure.", command);
  if (world !== "arith") throw usage("The zoo has one world, arith.", world);
  const places = placesOf(fileURLToPath(new URL("../../../", import.meta.url)));
  if (command === "measure") await measure(places, signal);
  else await runStages(trainingStages(places), join(places.home, "zoo.log"), signal, values.only);
}

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => interruption.abort(interrupted("training")));
}
try {
  await main(interruption.signal);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof TouchstoneError ? error.exitCode : EXIT_CODES.internal;
}
