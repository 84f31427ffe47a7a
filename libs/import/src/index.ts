export { importPool } from "./import-pool.ts";
export { listImports, type Imported } from "./import-record.ts";
export { parseMapping, type Mapping } from "./mapping.ts";
export { RecordedLanguageModel, recordedOnly, RecordedRewardModel } from "./recorded-models.ts";
