import { selectorContract } from "@touchstone/testkit/vitest";
import { majorityOfTheBests } from "../src/index.ts";

selectorContract(majorityOfTheBests);
selectorContract(majorityOfTheBests, { parameters: { m: "adaptive", unparsable: "vote" } });
selectorContract(majorityOfTheBests, { parameters: { m: 3, representative: "highest-reward" } });
