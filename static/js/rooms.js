// A room is a topic: the rules for its name, its address on this page, and the memory of the rooms visited.

/** Where one is when the address names no room. */
export const DEFAULT_ROOM = "chat";
/** The server's limit for a topic. */
const ROOM_MAX_BYTES = 255;
/** As many as a list can show at a glance; the one that was left alone for longest makes way for a new one. */
export const ROOMS_KEPT = 12;
const STORAGE_KEY = "ssehub.rooms";

/** Returns what is wrong with a room's name, or "" if nothing is. */
export function roomProblem(name) {
  if (name === "") return "A room needs a name.";
  if (!name.isWellFormed() || /\p{Cc}/u.test(name)) return "This room's name has characters that cannot be used.";
  if (new TextEncoder().encode(name).length > ROOM_MAX_BYTES) return "This room's name is too long.";
  // Subscribers may write patterns with these; dots alone would climb in a path.
  if (/^\*$|[{}]|^\.\.?$/.test(name)) return "This name stands for no single room.";
  return "";
}

/** Encodes a room for a URL so that it needs no quotes in a shell. Slashes stay, unless dots between them would climb. */
export function encodeRoom(room) {
  const encoded = encodeURIComponent(room).replace(/[!'()*~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const climbs = room.split("/").some((part) => part === "." || part === "..");
  return climbs ? encoded : encoded.replaceAll("%2F", "/");
}

/** Reads the room from an address's fragment: `{ room }`, or `{ problem }` for the reader. */
export function roomOf(hash) {
  try {
    const room = decodeURIComponent(hash.replace(/^#/, "")) || DEFAULT_ROOM;
    const problem = roomProblem(room);
    return problem ? { problem } : { room };
  } catch {
    return { problem: "This address cannot be read: a % in it stands for nothing." };
  }
}

/** Puts a room at the end of the list of those visited, which stays bounded. */
export function visited(rooms, room) {
  return [...rooms.filter((other) => other !== room), room].slice(-ROOMS_KEPT);
}

// Storage may be switched off, full, or written by something else.

export function rememberRooms(rooms) {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(rooms));
  } catch {}
}

export function recallRooms() {
  try {
    const rooms = JSON.parse(localStorage.getItem(STORAGE_KEY));
    return [...new Set(rooms)].filter((room) => typeof room === "string" && !roomProblem(room)).slice(-ROOMS_KEPT);
  } catch {
    return [];
  }
}
