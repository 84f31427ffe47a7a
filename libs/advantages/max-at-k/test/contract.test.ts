import { advantageContract } from "@touchstone/testkit/vitest";
import { maxAtK, orderStatisticExtrapolation } from "../src/index.ts";

advantageContract(maxAtK);
advantageContract(maxAtK, { options: { k: 8 } });
advantageContract(orderStatisticExtrapolation);
advantageContract(orderStatisticExtrapolation, { options: { k: [8, 16], law: "exponential" }, n: 256 });
