import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const repository = resolve(import.meta.dirname, "../../..");
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "touchstone-install-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A checkout with one normal, one development and one optional dependency, all installed. */
function checkout(): void {
  const packages: Record<string, object> = {
    "": { name: "fixture" },
    "node_modules/normal": { version: "1.0.0" },
    "node_modules/only-for-tests": { version: "2.0.0", dev: true },
    "node_modules/other-platform": { version: "3.0.0", optional: true },
    "node_modules/node": { version: "24.0.0" },
  };
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages }));
  for (const [name, version] of [
    ["normal", "1.0.0"],
    ["only-for-tests", "2.0.0"],
    ["node", "24.0.0"],
  ] as const) {
    mkdirSync(join(root, "node_modules", name), { recursive: true });
    writeFileSync(join(root, "node_modules", name, "package.json"), JSON.stringify({ name, version }));
  }
  mkdirSync(join(root, "node_modules/node/bin"));
  writeFileSync(join(root, "node_modules/node/bin/node"), "");
  cpSync(join(repository, "tools/launch"), join(root, "tools/launch"), { recursive: true });
}

/** Runs the installer with a fake npm first on the PATH that records its arguments, speaks on both streams and installs. */
function install(mode: "run" | "dev") {
  const bin = join(root, "fake-bin");
  mkdirSync(bin, { recursive: true });
  const npm = `#!/bin/sh
echo "$@" >> "${root}/npm-calls"
echo "spoken on stdout"
mkdir -p "${root}/node_modules/normal"
echo '{"version":"1.0.0"}' > "${root}/node_modules/normal/package.json"
`;
  writeFileSync(join(bin, "npm"), npm);
  chmodSync(join(bin, "npm"), 0o755);
  const result = spawnSync(process.execPath, [join(root, "tools/launch/install.mjs"), mode], {
    encoding: "utf8",
    env: { ...process.env, PATH: `${bin}:${process.env["PATH"]}` },
  });
  const calls = existsSync(join(root, "npm-calls"))
    ? readFileSync(join(root, "npm-calls"), "utf8").trim().split("\n")
    : [];
  return { ...result, calls };
}

describe("installation", () => {
  beforeEach(checkout);

  test("a complete node_modules counts as installed: nothing is run and nothing is said", () => {
    expect(install("dev")).toMatchObject({ status: 0, stdout: "", stderr: "", calls: [] });
  });

  test("a missing package is installed, without development packages for `run`, and npm speaks on stderr only", () => {
    rmSync(join(root, "node_modules/normal"), { recursive: true });
    const { status, stdout, stderr, calls } = install("run");
    expect(status).toBe(0);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toContain("--omit=dev");
    expect(stdout).toBe("");
    expect(stderr).toContain("spoken on stdout");
    expect(stderr).toContain("node_modules/normal is not installed");
  });

  test("what only development needs is asked for by `dev` and not by `run`", () => {
    rmSync(join(root, "node_modules/only-for-tests"), { recursive: true });
    expect(install("run").calls).toEqual([]);
    const { status, calls, stderr } = install("dev");
    expect(calls[0]).not.toContain("--omit=dev");
    // The fake npm does not install this one: the installer notices, and says so.
    expect(status).toBe(5);
    expect(stderr).toContain("incomplete-installation");
  });

  test("another version than the lock's is not installed", () => {
    writeFileSync(join(root, "node_modules/normal/package.json"), JSON.stringify({ version: "0.9.0" }));
    const { stderr } = install("run");
    expect(stderr).toContain("node_modules/normal is 0.9.0, the lock says 1.0.0");
  });

  test("a complete installation is used without waiting for one who installs", () => {
    writeFileSync(join(root, ".install-lock"), String(process.pid));
    expect(install("dev")).toMatchObject({ status: 0, stdout: "", stderr: "", calls: [] });
  });

  test("the lock of an installer that was killed is taken over", () => {
    const killed = spawnSync(process.execPath, ["-e", ""]).pid;
    writeFileSync(join(root, ".install-lock"), String(killed));
    rmSync(join(root, "node_modules/normal"), { recursive: true });
    expect(install("run")).toMatchObject({ status: 0 });
    expect(existsSync(join(root, ".install-lock"))).toBe(false);
  });

  test("an installation that was killed is done again", () => {
    writeFileSync(join(root, ".install-in-progress"), "");
    expect(install("run").calls).toHaveLength(1);
    expect(install("run").calls).toHaveLength(1);
  });
});

test("./touchstone works through a symbolic link, from any folder, with data alone on stdout", () => {
  symlinkSync(join(repository, "touchstone"), join(root, "linked"));
  const out = execFileSync(join(root, "linked"), ["ls", "methods", "--json"], { cwd: root, encoding: "utf8" });
  expect((JSON.parse(out) as { name: string }[]).map(({ name }) => name)).toContain("best-of-n");
});

test("npm run touchstone -- prints data alone on stdout, too", () => {
  const out = execFileSync("npm", ["run", "touchstone", "--", "ls", "suites", "--json"], {
    cwd: repository,
    encoding: "utf8",
  });
  expect((JSON.parse(out) as { name: string }[]).map(({ name }) => name)).toContain("quick");
});
