-- Drops what exceeds the retention, but never the newest entry: readers know the stream by it.
-- KEYS: the stream; the ends.
-- ARGV: events to keep; bytes to keep; the position before which every event is too old.
-- Answers how many events like these there may be; how many there are; their size, in bytes.
local function parts(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end

local function is_after(a, b)
  local a_ms, a_seq = parts(a)
  local b_ms, b_seq = parts(b)
  return a_ms > b_ms or a_ms == b_ms and a_seq > b_seq
end

local length = redis.call('XLEN', KEYS[1])
if length == 0 then return {tonumber(ARGV[1]), 0, 0} end

local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1][1]
redis.call('XTRIM', KEYS[1], 'MINID', is_after(ARGV[3], newest) and newest or ARGV[3])

local fits = tonumber(ARGV[1])
local bytes = redis.pcall('MEMORY', 'USAGE', KEYS[1])
length = redis.call('XLEN', KEYS[1])
-- Of few entries, most of the size is the stream's own.
if type(bytes) ~= 'number' then bytes = 0 end
if bytes > 0 and length >= 100 then
  fits = math.max(1, math.min(fits, math.floor(length * tonumber(ARGV[2]) / bytes)))
end
redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', fits, 'LIMIT', 0)

local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1][1]
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', '(' .. string.match(first, '^%d+'))
return {fits, redis.call('XLEN', KEYS[1]), bytes}
