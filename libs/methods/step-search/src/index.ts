export { beam } from "./beam.ts";
export { dvts } from "./dvts.ts";
export { particleFiltering } from "./particle-filtering.ts";
export { speculativeRejection } from "./speculative-rejection.ts";
export { stepBestOfN } from "./step-best-of-n.ts";
