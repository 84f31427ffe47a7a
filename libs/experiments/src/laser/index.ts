export { conductLaser, type ConductLaserOptions, type LaserActivity } from "./conduct.ts";
export {
  defineLaserExperiment,
  laserSchema,
  readLaserExperiment,
  type LaserExperiment,
  type LaserExperimentInput,
} from "./experiment.ts";
export { openLaserScene, type OpenLaserScene } from "./open-scene.ts";
export { laserEvaluationRow, laserRankingRow, laserStepRow, laserVoteRow, type LaserTables } from "./rows.ts";
