// One package: each weights the rollouts by an estimate of how best-of-n weights its samples.
export { bestOfNMean } from "./best-of-n-mean.ts";
export { bonRl } from "./bon-rl.ts";
export { catBon } from "./cat-bon.ts";
