import { spawn } from "node:child_process";
import { constants } from "node:os";

/**
 * Runs a program on our terminal and waits for its end, whatever signals come: it decides how to end, we follow. A Ctrl-C
 * that the terminal has delivered to both of us reaches it twice; it takes the two for one key press.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @returns {Promise<number>} its exit code, or 128 + the number of the signal that ended it
 */
export function runToEnd(program, args, options = {}) {
  const child = spawn(program, args, { stdio: "inherit", ...options });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
