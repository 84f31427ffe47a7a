import { advantageContract } from "@touchstone/testkit/vitest";
import { bestOfNMean, bonRl, catBon } from "../src/index.ts";

advantageContract(bestOfNMean);
advantageContract(bonRl);
advantageContract(bonRl, { n: 1 });
advantageContract(catBon);
