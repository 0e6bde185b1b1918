-- Stores an event that brings its publisher's id, or ends its topic.
-- KEYS: the stream; the ends; publishers' ids, and the older ones.
-- ARGV: events to keep; the topic that ends; where the id's first position is; where that on this topic is; the
--   fields of the entry. Each but the first is empty if it does not matter.
-- Answers the position, and 1 if the event was there already.
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]

-- The position that an id leads to, unless its event is no longer kept.
local function kept(field)
  for key = 4, 3, -1 do
    local id = first and redis.call('HGET', KEYS[key], field)
    if id and not is_after(first[1], id) then return id end
  end
end

if ARGV[4] ~= '' then
  local id = kept(ARGV[4])
  if id then return {id, 1} end
end
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', unpack(ARGV, 5))
if ARGV[3] ~= '' then
  if not kept(ARGV[3]) then redis.call('HSET', KEYS[3], ARGV[3], id) end
  if ARGV[4] ~= '' then redis.call('HSET', KEYS[3], ARGV[4], id) end
  forget_ids(KEYS[3], KEYS[4], redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1][1], id)
end
if ARGV[2] ~= '' then
  redis.call('ZADD', KEYS[2], parts(id), ARGV[2])
end
return {id, 0}
