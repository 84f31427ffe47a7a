import { EXIT_CODES } from "@touchstone/core";
import { failureOf } from "./failure.ts";
import { Interruption } from "./interruption.ts";
import { createProgram } from "./program.ts";

const argv = process.argv.slice(2);
const interruption = new Interruption();
interruption.listen();
// A reader that has seen enough (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? EXIT_CODES.ok : EXIT_CODES.storage);
});
process.on("uncaughtException", (error) => end(error));
process.on("unhandledRejection", (error) => end(error));

// Work that waits for nothing but a promise must not let the program end in silence.
const working = setInterval(() => undefined, 2 ** 30);
try {
  await createProgram({ argv, interruption }).parseAsync(argv, { from: "user" });
} catch (error) {
  end(error);
}
clearInterval(working);
// Not left to the event loop: a worker of the engine that is slow to end must not hold the terminal.
process.exit();

function end(error: unknown): never {
  const { message, exitCode } = failureOf(interruption.explained(error), argv);
  if (message !== undefined) interruption.sayOnce(message);
  process.exit(exitCode);
}
