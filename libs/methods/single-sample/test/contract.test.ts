import { selectorContract } from "@touchstone/testkit/vitest";
import { singleSample } from "../src/index.ts";

selectorContract(singleSample);
