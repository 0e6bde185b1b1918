-- Publishers' ids are in two hashes: `i` and an id, or `t`, a topic, a zero byte and an id, lead to a position. Once
-- no event that the older hash knows is kept, it goes as a whole, and the newer one takes its place: so there are
-- at most twice as many ids as events with ids. `newest` in the older hash is the last position that it knows of.
local function forget_ids(ids, older, first, newest)
  local last = redis.call('HGET', older, 'newest')
  if last and not is_after(first, last) then return end
  redis.call('UNLINK', older)
  if redis.call('EXISTS', ids) == 1 then
    redis.call('RENAME', ids, older)
    redis.call('HSET', older, 'newest', newest)
  end
end
