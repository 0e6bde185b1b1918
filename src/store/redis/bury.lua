-- Takes away what a dead hub has shown, and tells the others, once.
-- KEYS: the hubs; the stream of what they tell each other; what the dead one shows.
-- ARGV: the dead hub; the one that buries it; entries of the stream to keep.
-- Answers 1, or 0 if it is alive, or buried already.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not lease or tonumber(lease) > now then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[3])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'hub', ARGV[1], 'gone', ARGV[2])
return 1
