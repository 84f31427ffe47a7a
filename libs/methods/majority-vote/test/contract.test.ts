import { selectorContract } from "@touchstone/testkit/vitest";
import { majorityVote } from "../src/index.ts";

selectorContract(majorityVote);
selectorContract(majorityVote, { parameters: { unparsable: "vote" } });
selectorContract(majorityVote, { parameters: { representative: "most-probable" } });
