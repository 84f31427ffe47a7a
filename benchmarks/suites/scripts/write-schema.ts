import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suiteJsonSchema } from "@touchstone/evaluation";

writeFileSync(join(import.meta.dirname, "..", "suite.schema.json"), `${JSON.stringify(suiteJsonSchema(), null, 2)}\n`);
