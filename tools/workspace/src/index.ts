import type { CreateNodesV2, TargetConfiguration } from "@nx/devkit";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createNodesFromFiles } from "@nx/devkit";

export const name = "@touchstone/workspace";

/** nx plugin: every package.json below the root gives a project with the same targets, so that a package configures nothing. */
export const createNodesV2: CreateNodesV2 = [
  "{libs,apps,benchmarks,tools}/**/package.json",
  (files, options, context) =>
    createNodesFromFiles(
      (file) => {
        const folder = dirname(file);
        return { projects: { [folder]: { targets: targets(folder, join(context.workspaceRoot, folder)) } } };
      },
      files,
      options,
      context,
    ),
];

/** All tools run from the root on one configuration: they only differ in what they are pointed at. */
function targets(folder: string, absolute: string): Record<string, TargetConfiguration> {
  const run = (command: string): TargetConfiguration => ({
    executor: "nx:run-commands",
    options: { command, cwd: "{workspaceRoot}" },
  });
  return {
    ...(existsSync(join(absolute, "test")) ? { test: run(`vitest run --dir ${folder}`) } : {}),
    types: run(`node tools/workspace/src/types.ts ${folder}`),
    lint: run(`oxlint ${folder}`),
  };
}
