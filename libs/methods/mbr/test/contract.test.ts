import { selectorContract } from "@touchstone/testkit/vitest";
import { mbr } from "../src/index.ts";

selectorContract(mbr);
selectorContract(mbr, { parameters: { similarity: "equality" } });
