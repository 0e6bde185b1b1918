-- Takes leave: at once if the hub shows nothing any more, or else when those on their way to another hub
-- have had the time to arrive there.
-- KEYS: the hubs; what this one shows.
-- ARGV: the hub; that time, in ms.
if redis.call('HLEN', KEYS[2]) <= redis.call('HEXISTS', KEYS[2], 'whole') then
  redis.call('ZREM', KEYS[1], ARGV[1])
  return
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], ARGV[1])
