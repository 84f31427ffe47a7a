import { selectorContract } from "@touchstone/testkit/vitest";
import { greedy } from "../src/index.ts";

selectorContract(greedy);
