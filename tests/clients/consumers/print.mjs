// What every consumer here is told, and what it says of an update.

export const [url, token, mode] = process.argv.slice(2);

export function print({ lastEventId, id = lastEventId, data }) {
  console.log(id, data);
}
