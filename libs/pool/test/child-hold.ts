// Holds a pool until it is killed.
import { openPool } from "../src/index.ts";

await openPool(process.argv[2]!);
process.stdout.write("open\n");
setInterval(() => undefined, 1000);
