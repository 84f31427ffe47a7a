// node tools/launch/install.mjs <run|dev>: makes sure of the installation and ends with 0; silent when it is current.
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureInstalled } from "./installation.mjs";

await ensureInstalled(resolve(dirname(fileURLToPath(import.meta.url)), "../.."), process.argv[2]);
