// RecentTables: the track tables of the videos last used, in memory, so that an open pipeline tracks none of them twice.
import type { TrackTable } from './track-table.ts';
import type { TrackTableStore } from './track-video.ts';

/** Tables that are kept; one of an hour with one face takes 10 MB, and 9 MB for each further one. */
const MOST_TABLES = 8;

/** Keeps the tables used last, of any number of videos. */
export class RecentTables {
  /** The one used last is at the end. */
  readonly #tables = new Map<string, TrackTable>();

  /**
   * Returns the store of one video's tables.
   *
   * @param origin - everything that the tables depend on, told apart as JSON.
   * @param behind - asked for what is not kept here, and given everything to keep.
   */
  store(origin: unknown, behind?: TrackTableStore): TrackTableStore {
    return {
      read: async (part) => {
        const key = JSON.stringify([origin, part]);
        const table = this.#tables.get(key) ?? (await behind?.read(part));
        if (table) this.#keep(key, table);
        return table;
      },
      write: async (part, table) => {
        this.#keep(JSON.stringify([origin, part]), table);
        await behind?.write(part, table);
        return true;
      },
    };
  }

  #keep(key: string, table: TrackTable): void {
    this.#tables.delete(key);
    this.#tables.set(key, table);
    const [oldest] = this.#tables.keys();
    if (this.#tables.size > MOST_TABLES) this.#tables.delete(oldest);
  }
}
