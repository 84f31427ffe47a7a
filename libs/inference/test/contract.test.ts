import { join } from "node:path";
import { languageModelContract } from "@touchstone/testkit/vitest";
import { loadLanguageModel } from "../src/index.ts";

const ARITH = join(import.meta.dirname, "../../../models/arith");

languageModelContract("the engine, four rows a tile", () => loadLanguageModel(ARITH, { tile: 4, workers: 1 }));
languageModelContract("the engine, one row a tile", () => loadLanguageModel(ARITH, { tile: 1, workers: 1 }));
