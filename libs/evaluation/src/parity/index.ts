export { parityOfLanguageModels } from "./language-models.ts";
export { parityOfRewardModels } from "./reward-models.ts";
export type { Parity, ParityPlace } from "./parity.ts";
