-- Drops what exceeds the retention, but never the newest entry: readers know the stream by it.
-- KEYS: the stream; the ends; publishers' ids, and the older ones.
-- ARGV: events to keep; bytes to keep; the position before which every event is too old.
-- Answers how many events like these there may be; how many there are; their size, in bytes.
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
forget_ids(KEYS[3], KEYS[4], first, newest)
return {fits, redis.call('XLEN', KEYS[1]), bytes}
