import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** The checksum of a file as the hub states it: sha256 where `like` has its 64 digits, else git's sha1 of a blob. */
export async function checksumOf(path: string, like: string): Promise<string> {
  const { size } = await stat(path);
  const hash = like.length === 64 ? createHash("sha256") : createHash("sha1").update(`blob ${size}\0`);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
