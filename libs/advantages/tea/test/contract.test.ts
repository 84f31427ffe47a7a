import { advantageContract } from "@touchstone/testkit/vitest";
import { prefixTea, prefixTeaCrossFitted, tea } from "../src/index.ts";

advantageContract(tea);
advantageContract(tea, { options: { alpha: 0.5 }, n: 256 });
advantageContract(tea, { options: { top: 3 }, n: 8 });
advantageContract(tea, { options: { alpha: 1 } });
advantageContract(prefixTea);
advantageContract(prefixTea, { options: { alpha: 0.6, order: 3 }, n: 256 });
advantageContract(prefixTeaCrossFitted);
advantageContract(prefixTeaCrossFitted, { options: { alpha: 1, prefixes: 3 }, n: 256 });
