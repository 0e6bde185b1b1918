-- Tells the others what a hub shows, and keeps it for those who come later.
-- KEYS: the hubs; the stream of what they tell each other; what this one shows.
-- ARGV: the hub; entries of the stream to keep; then fields and values as the stream has them: `+KEY` with a
--   value, `-KEY` without, or words about the hub itself.
-- Answers 1, or 0 if the hub is not taken to be alive.
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
for at = 3, #ARGV, 2 do
  local sign, key = string.sub(ARGV[at], 1, 1), string.sub(ARGV[at], 2)
  if sign == '+' then redis.call('HSET', KEYS[3], key, ARGV[at + 1]) end
  if sign == '-' then redis.call('HDEL', KEYS[3], key) end
  if ARGV[at] == 'whole' then redis.call('HSET', KEYS[3], 'whole', 1) end
end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'hub', ARGV[1], unpack(ARGV, 3))
return 1
