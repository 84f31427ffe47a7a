import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { comparisonJsonSchema } from "@touchstone/experiments/post-training";

const file = join(import.meta.dirname, "..", "post-training.schema.json");
writeFileSync(file, `${JSON.stringify(comparisonJsonSchema(), null, 2)}\n`);
