export type { HubFault, HubRequest } from "./faults.ts";
export { filesOf, HubRepository } from "./repository.ts";
export { HubServer } from "./server.ts";
export type { HubServerOptions } from "./server.ts";
