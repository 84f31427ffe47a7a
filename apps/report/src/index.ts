export { pageTemplate } from "./build.ts";
