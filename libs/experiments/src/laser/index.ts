export {
  defineLaserExperiment,
  readLaserExperiment,
  type LaserExperiment,
  type LaserExperimentInput,
} from "./experiment.ts";
export { trainRun, type PolicyTrainer, type TrainRunOptions } from "./train-run.ts";
