import type { CreateNodesV2, TargetConfiguration } from "@nx/devkit";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createNodesFromFiles } from "@nx/devkit";
import { testProjectName } from "./projects.ts";

export const name = "@touchstone/workspace";

/** nx plugin: every package.json below the root gives a project with the same targets, so that a package configures nothing. */
export const createNodesV2: CreateNodesV2 = [
  "{libs,apps,benchmarks,tools}/**/package.json",
  (files, options, context) =>
    createNodesFromFiles(
      (file) => {
        const folder = dirname(file);
        const { name: packageName } = JSON.parse(readFileSync(join(context.workspaceRoot, file), "utf8")) as {
          name: string;
        };
        const tested = existsSync(join(context.workspaceRoot, folder, "test"));
        return {
          projects: { [folder]: { targets: targets(folder, tested ? testProjectName(packageName) : undefined) } },
        };
      },
      files,
      options,
      context,
    ),
];

/** All tools run from the root on one configuration: they only differ in what they are pointed at. */
function targets(folder: string, testProject: string | undefined): Record<string, TargetConfiguration> {
  const run = (command: string): TargetConfiguration => ({
    executor: "nx:run-commands",
    options: { command, cwd: "{workspaceRoot}" },
  });
  return {
    ...(testProject === undefined ? {} : { test: run(`vitest run --project ${testProject}`) }),
    types: run(`node tools/workspace/src/types.ts ${folder}`),
    lint: run(`oxlint ${folder}`),
  };
}
