// The rooms of this page: the current one, those that were joined, and those to go back to.

import { DEFAULT_ROOM, recallRooms, rememberRooms, visited } from "./rooms.js";
import { Transcript } from "./transcript.js";

export class Rooms {
  current = DEFAULT_ROOM;
  /** The rooms to go to, the last one visited at the end. */
  visited = recallRooms();
  /** Those visited since the page was loaded: each has a transcript, an unread count and a draft. */
  joined = new Map();

  /** The current room; undefined before the first is entered. */
  get here() {
    return this.joined.get(this.current);
  }

  enter(room) {
    if (!this.joined.has(room)) this.joined.set(room, { transcript: new Transcript(), unread: 0, draft: "" });
    this.current = room;
    this.#keep(visited(this.visited, room));
    // Other tabs remember theirs in the same place.
    rememberRooms(visited(recallRooms(), room));
  }

  leave(room) {
    const others = (rooms) => rooms.filter((other) => other !== room);
    this.#keep(others(this.visited));
    rememberRooms(others(recallRooms()));
  }

  #keep(rooms) {
    this.visited = rooms;
    for (const room of this.joined.keys()) if (!rooms.includes(room)) this.joined.delete(room);
  }
}
