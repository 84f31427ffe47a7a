import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { EXIT_CODES, interrupted, TouchstoneError } from "@touchstone/core";
import { measureArith } from "./arith/measure.ts";
import { arithPlaces, arithStages } from "./arith/train.ts";
import { measureInstruct } from "./instruct/measure.ts";
import { instructPlaces, instructStages } from "./instruct/train.ts";
import { runStages } from "./stages.ts";

const USAGE =
  "Type `npm run zoo:train -- <arith or instruct> [--only <stage>]` or `npm run zoo:measure -- <arith or instruct>`.";

const WORLDS = {
  arith: { places: arithPlaces, stages: arithStages, measure: measureArith },
  instruct: { places: instructPlaces, stages: instructStages, measure: measureInstruct },
} as const;

function usage(what: string, value: string | undefined): TouchstoneError {
  return new TouchstoneError({ code: "zoo-usage", family: "usage", what, value: value ?? "nothing", fix: USAGE });
}

async function main(signal: AbortSignal): Promise<void> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { only: { type: "string" } } });
  const [command, name] = positionals;
  if (command !== "train" && command !== "measure") throw usage("The zoo can train and measure.", command);
  if (name !== "arith" && name !== "instruct") throw usage("The zoo has two worlds, arith and instruct.", name);
  const world = WORLDS[name];
  const places = world.places(fileURLToPath(new URL("../../../", import.meta.url)));
  if (command === "measure") await world.measure(places, signal);
  else await runStages(world.stages(places), join(places.home, "zoo.log"), signal, values.only);
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
