// Works for ever, deaf to being told to end; argument: milliseconds of patience.
import { Interruption } from "../src/interruption.ts";

const interruption = new Interruption(Number(process.argv[2]));
interruption.listen();
interruption.phase = "holding";
setInterval(() => undefined, 1000);
process.stderr.write("holding\n");
