import { defineConfig } from "vitest/config";
import { testProjects } from "./tools/workspace/src/projects.ts";

export default defineConfig({
  test: {
    projects: testProjects(import.meta.dirname),
  },
});
