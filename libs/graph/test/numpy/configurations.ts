/** Prints the published configurations as JSON, for `forward.py`. */
import { published } from "../published.ts";

console.log(JSON.stringify(published));
