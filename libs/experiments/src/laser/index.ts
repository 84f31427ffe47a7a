export { conductLaser, laserRunFolder, type LaserActivity } from "./conduct.ts";
export {
  defineLaserExperiment,
  laserFinals,
  laserTrials,
  readLaserExperiment,
  type LaserExperiment,
  type LaserExperimentInput,
  type LaserRunSpec,
} from "./experiment.ts";
export { openLaserScene, type OpenLaserScene } from "./open-scene.ts";
export { summarise, type RuleSummary } from "./summary.ts";
