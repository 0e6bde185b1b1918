-- Takes a hub to be alive for a while.
-- KEYS: the hubs; the stream of what they tell each other; what this one shows.
-- ARGV: the hub; its lease, in ms; how long all this is kept if nobody comes any more, in ms.
-- Answers 1 if it was taken to be alive, and the hubs whose leases are over.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('ZSCORE', KEYS[1], ARGV[1]) and 1 or 0
-- What it has shown in another life is worth nothing.
if known == 0 then redis.call('DEL', KEYS[3]) end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
for key = 1, 3 do redis.call('PEXPIRE', KEYS[key], ARGV[3]) end
return {known, redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 16)}
