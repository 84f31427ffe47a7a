import { PGlite, types } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import type { PgliteDatabase } from "drizzle-orm/pglite";
import { sql } from "drizzle-orm";
import { createSchema } from "./create-schema.ts";
import { databaseError } from "./failure.ts";
import { databaseFolder, finishFolder, prepareFolder } from "./folder.ts";

/** How much the log may grow before its changes are written into the tables: bounds disk use and the time of a recovery. */
const CHECKPOINT_BYTES = 64 * 2 ** 20;
const LOG_LINES = 20;

/** PostgreSQL inside this process, with its data in `folder`. The folder's lock must be held. */
export interface Database {
  readonly drizzle: PgliteDatabase;
  /** Runs `work`, turning what the database throws into an error for the user. */
  guard<T>(work: () => Promise<T>): Promise<T>;
  /** Writes the log's changes into the tables when enough has gathered. */
  checkpoint(): Promise<void>;
  close(): Promise<void>;
}

export async function openDatabase(folder: string): Promise<Database> {
  const log: string[] = [];
  const remember = (line: string): boolean => {
    if (log.push(line) > LOG_LINES) log.shift();
    return true;
  };
  const state = prepareFolder(folder);
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    log.length = 0;
    try {
      return await work();
    } catch (cause) {
      throw databaseError(folder, cause, log);
    }
  };
  const client = await guard(() =>
    PGlite.create({
      dataDir: databaseFolder(folder),
      postgresqlconf: ["min_wal_size=32MB", "max_wal_size=64MB", "autovacuum=off"],
      onStderr: remember,
      // PGlite's own conversion of bytea goes byte by byte through strings: a hundred times slower.
      parsers: { [types.BYTEA]: (hex) => new Uint8Array(Buffer.from(hex.slice(2), "hex")) },
      serializers: {
        [types.BYTEA]: (bytes: Uint8Array) =>
          `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`,
      },
    }),
  );
  if (state === "new") {
    await guard(async () => {
      await client.exec(`begin;\n${createSchema()}\ncommit;`);
      await client.exec("checkpoint");
    });
    finishFolder(folder);
  }

  const db = drizzle(client);
  const position = async (): Promise<number> => {
    const { rows } = await db.execute<{ bytes: number }>(sql`select (pg_current_wal_lsn() - '0/0')::float8 as bytes`);
    return rows[0]!.bytes;
  };
  let checkpointed = await guard(position);
  return {
    drizzle: db,
    guard,
    async checkpoint() {
      const now = await position();
      if (now - checkpointed < CHECKPOINT_BYTES) return;
      await db.execute(sql`checkpoint`);
      checkpointed = now;
    },
    close: () => guard(() => client.close()),
  };
}
