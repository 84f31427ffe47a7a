import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface WorkspacePackage {
  /** Folder relative to the root, with `/`. */
  readonly folder: string;
  readonly name: string;
}

/** Every package of the workspace, from the `workspaces` globs of the root package.json. */
export function workspacePackages(root: string): WorkspacePackage[] {
  const { workspaces } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { workspaces: string[] };
  return globSync(
    workspaces.map((glob) => `${glob}/package.json`),
    { cwd: root },
  )
    .map((file) => ({
      folder: dirname(file).replaceAll("\\", "/"),
      name: (JSON.parse(readFileSync(join(root, file), "utf8")) as { name: string }).name,
    }))
    .toSorted((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** The name of a package's vitest project: `npm test -- --project stats`. */
export function testProjectName(packageName: string): string {
  return packageName.replace("@touchstone/", "");
}

/** One vitest project per package, so that a package needs no configuration of its own. */
export function testProjects(root: string) {
  return workspacePackages(root).map(({ folder, name }) => ({
    extends: true as const,
    test: {
      name: testProjectName(name),
      root: join(root, folder),
      include: ["test/**/*.test.ts"],
      testTimeout: 60_000,
      hookTimeout: 60_000,
      // Polled states settle within milliseconds on a quiet machine; a busy one is no failure.
      expect: { poll: { timeout: 30_000 } },
    },
  }));
}
