import { advantageContract } from "@touchstone/testkit/vitest";
import { grpo, grpoZ, rloo } from "../src/index.ts";

advantageContract(rloo);
advantageContract(grpo);
advantageContract(grpoZ);
