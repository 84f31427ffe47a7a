import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "..");
export const RESULTS = join(FOLDER, "results", "gradient-quality.json");
export const PAGE = join(FOLDER, "..", "..", "docs", "gradient-quality.md");
