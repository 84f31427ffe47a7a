// One package: the extrapolation is a combination of two max-at-k.
export { maxAtK } from "./max-at-k.ts";
export { orderStatisticExtrapolation } from "./order-statistic-extrapolation.ts";
