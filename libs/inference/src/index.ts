export type { EngineOptions, EnginePlan, Provider } from "./device.ts";
export { defaultTile } from "./device.ts";
export { RUNTIME } from "./identity.ts";
export { installedDevices } from "./installed-devices.ts";
export type { InstalledDevice } from "./installed-devices.ts";
export { loadLanguageModel } from "./language-model.ts";
export type { LanguageModelOptions, LocalLanguageModel } from "./language-model.ts";
export { loadRewardModel } from "./reward-model.ts";
export type { LocalRewardModel } from "./reward-model.ts";
