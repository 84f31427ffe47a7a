import { print } from "../context.ts";

export interface DoctorOptions {
  readonly pool?: string | undefined;
  readonly out?: string | undefined;
  readonly json?: true | undefined;
}

export async function doctor(_options: DoctorOptions): Promise<void> {
  print("");
}
