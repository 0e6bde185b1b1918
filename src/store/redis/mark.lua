-- Says in the stream itself that something of it is lost, or that it begins.
-- KEYS: the stream; its losses.
-- ARGV: the last position that was seen, 0-0 if nothing was; the one right after it; where the newest loss that was
--   known stands; 1 if something else stands now where the last position was seen; how many losses are told
--   apart; then for each loss the position after which something is lost.
-- Answers the losses, the oldest first: of each, where it stands and after which position something is lost.
--   Nothing if the last entry is there after all, and the newest loss, too.
local function exists(id)
  return #redis.call('XRANGE', KEYS[1], id, id, 'COUNT', 1) > 0
end

local losses = redis.call('LRANGE', KEYS[2], 0, -1)
local newest = losses[#losses - 1] or '0-0'
local seen = ARGV[1]
local is_gone = is_after(ARGV[3], newest) or ARGV[4] == '1'
if seen == '0-0' then
  if redis.call('XLEN', KEYS[1]) > 0 then return false end
elseif exists(seen) and not is_gone then
  return false
end
-- Another hub may have said so already.
if is_after(newest, seen) and exists(newest) then return losses end

-- Right behind what was seen, so that positions never go back; or at the end, if that is further.
local last = '0-0'
if redis.call('EXISTS', KEYS[1]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for at = 1, #info, 2 do
    if info[at] == 'last-generated-id' then last = info[at + 1] end
  end
end
local id = ARGV[2]
if seen == '0-0' or is_after(last, seen) then id = '*' end
for at = 6, #ARGV do
  local after = ARGV[at]
  local marker = redis.call('XADD', KEYS[1], id, 'lost', seen, 'after', after)
  -- Before the beginning there was nothing to lose.
  if seen == '0-0' then after = marker end
  redis.call('RPUSH', KEYS[2], marker, after)
  id = '*'
end
-- With too many, the oldest two count as one.
while redis.call('LLEN', KEYS[2]) > 2 * ARGV[5] do
  local oldest = redis.call('LRANGE', KEYS[2], 0, 3)
  redis.call('LTRIM', KEYS[2], 2, -1)
  if is_after(oldest[4], oldest[2]) then redis.call('LSET', KEYS[2], 1, oldest[2]) end
end
return redis.call('LRANGE', KEYS[2], 0, -1)
