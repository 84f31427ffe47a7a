export { powerSampling } from "./power-sampling.ts";
export { qalign } from "./qalign.ts";
export { quest } from "./quest.ts";
