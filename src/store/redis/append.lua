-- Stores an event that brings its publisher's id, or ends its topic.
-- KEYS: the stream; the ends; where the id's first position is; where that on this topic is.
--   The last is missing if repetitions are stored, the third, too, if there is no id.
-- ARGV: events to keep; how long ids are known, in ms; the topic that ends, or nothing; the fields.
-- Answers the position, and 1 if the event was there already.
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]

local function parts(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end

-- The position at a key, unless its event is no longer kept.
local function kept(key)
  local id = redis.call('GET', key)
  if not id or not first then return false end
  local ms, seq = parts(id)
  local first_ms, first_seq = parts(first[1])
  if ms < first_ms or ms == first_ms and seq < first_seq then return false end
  return id
end

if KEYS[4] then
  local id = kept(KEYS[4])
  if id then return {id, 1} end
end
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', unpack(ARGV, 4))
if KEYS[3] and not kept(KEYS[3]) then
  redis.call('SET', KEYS[3], id, 'PX', ARGV[2])
end
if KEYS[4] then
  redis.call('SET', KEYS[4], id, 'PX', ARGV[2])
end
if ARGV[3] ~= '' then
  redis.call('ZADD', KEYS[2], parts(id), ARGV[3])
end
return {id, 0}
