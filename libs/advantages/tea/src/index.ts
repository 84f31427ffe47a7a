// One package: prefix-tea is a combination of tea on parts of the group.
export { prefixTea } from "./prefix-tea.ts";
export { prefixTeaCrossFitted } from "./prefix-tea-cross-fitted.ts";
export { tea } from "./tea.ts";
