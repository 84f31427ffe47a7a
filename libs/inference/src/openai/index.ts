export type { Answer, Choice } from "./choice.ts";
export { drawFrom, type DrawRequest, type Prompt, type RequestForm, type ServerKind, type Target } from "./forms.ts";
export { openServedModel, serverSeed } from "./language-model.ts";
export type { ServedLanguageModel, ServedModelOptions } from "./language-model.ts";
export { identifyServer, type ServerIdentity } from "./identify.ts";
export { probeEndpoints, probeModel, type OtherEndpoint, type ServerReport } from "./probe.ts";
export { ServerClient, type AskOptions, type ServerOptions } from "./server-client.ts";
export { missingCapability } from "./server-errors.ts";
