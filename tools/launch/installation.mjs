// Decides whether node_modules is complete for what is to be run, and installs it where it isn't. Runs on the system's
// Node 20 before anything is installed: no dependencies, no TypeScript.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** @typedef {"run" | "dev"} Mode  `run` leaves out what only development needs (browser, linters, test runner, peers). */

/**
 * The first thing that keeps node_modules from being a complete installation of package-lock.json, or undefined if
 * nothing does. Looks at every package's own package.json, so that it does not matter who installed it.
 * @param {string} root
 * @param {Mode} mode
 * @returns {string | undefined}
 */
export function missingFromInstallation(root, mode) {
  if (existsSync(join(root, IN_PROGRESS))) return "an earlier installation did not finish";
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (!path.startsWith("node_modules/") && !path.includes("/node_modules/")) continue;
    // `devOptional`: needed by a development dependency, and optional for everything else.
    if (entry.optional || (mode === "run" && (entry.dev || entry.devOptional))) continue;
    const file = join(root, path, "package.json");
    if (!existsSync(file)) return `${path} is not installed`;
    if (entry.link) continue;
    const { version } = JSON.parse(readFileSync(file, "utf8"));
    if (version !== entry.version) return `${path} is ${version}, the lock says ${entry.version}`;
  }
  if (!existsSync(pinnedNode(root))) return "the pinned Node is not installed";
  return undefined;
}

/**
 * The Node that the workspace pins, whatever the system has.
 * @param {string} root
 */
export function pinnedNode(root) {
  return join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
}

/**
 * Installs what is missing; says so on stderr, and stays silent when nothing is. Waits where another process installs.
 * @param {string} root
 * @param {Mode} mode
 */
export async function ensureInstalled(root, mode) {
  if (missingFromInstallation(root, mode) === undefined) return;
  for (let waits = 0; !takeInstallLock(root); waits++) {
    if (waits === 0) process.stderr.write("Another process is installing; waiting for it …\n");
    await sleep(500);
  }
  try {
    const missing = missingFromInstallation(root, mode);
    if (missing === undefined) return;
    process.stderr.write(`Installing (${missing}) …\n`);
    const marker = join(root, IN_PROGRESS);
    writeFileSync(marker, "");
    await npmCi(root, mode);
    rmSync(marker);
    const still = missingFromInstallation(root, mode);
    if (still !== undefined) {
      fail(`incomplete-installation: npm ci ended, but ${still}. Delete node_modules and try again.`);
    }
  } finally {
    rmSync(join(root, LOCK), { force: true });
  }
}

const IN_PROGRESS = ".install-in-progress";
/** Holds the process that installs. */
const LOCK = ".install-lock";

function takeInstallLock(root) {
  const file = join(root, LOCK);
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") {
      return fail(`unwritable-checkout: cannot install into ${root} (${error.code}). Make the folder writable.`);
    }
    if (isDead(file)) rmSync(file, { force: true });
    return false;
  }
}

/** Whether the process named in the lock has ended, by a kill say. A lock that is just being written names none yet. */
function isDead(file) {
  try {
    const owner = Number(readFileSync(file, "utf8"));
    if (owner > 0) process.kill(owner, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

function npmCi(root, mode) {
  // The workspace silences npm, so that `npm run` prints no banner between our data; what keeps it from installing must be said.
  const args = ["ci", "--loglevel=error", "--no-audit", "--no-fund", ...(mode === "run" ? ["--omit=dev"] : [])];
  const npm = spawn(process.platform === "win32" ? "npm.cmd" : "npm", args, {
    cwd: root,
    // Installation speaks on stderr only: stdout belongs to the command that follows.
    stdio: ["ignore", process.stderr, process.stderr],
    shell: process.platform === "win32",
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" },
  });
  return new Promise((resolve) => {
    npm.on("error", (error) => fail(`npm-missing: cannot start npm (${error.message}). Install Node >= 20 with npm.`));
    npm.on("exit", (code) => {
      if (code === 0) resolve(undefined);
      else
        fail(
          `installation-failed: npm ci ended with code ${code}; its messages are above. Check the network and disk.`,
        );
    });
  });
}

/** @returns {never} */
function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(5);
}
