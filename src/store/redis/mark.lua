-- Says in the stream itself that something of it is gone, or that it begins.
-- KEYS: the stream; the floor.
-- ARGV: the last position that was seen, 0-0 if nothing was; the one right after it; the floor that was known.
-- Answers the marker's position; nothing if the last entry is there after all, and the floor not lower.
local function exists(id)
  return #redis.call('XRANGE', KEYS[1], id, id, 'COUNT', 1) > 0
end

local function parts(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end

local function is_after(a, b)
  local a_ms, a_seq = parts(a)
  local b_ms, b_seq = parts(b)
  return a_ms > b_ms or a_ms == b_ms and a_seq > b_seq
end

local seen = ARGV[1]
local floor = redis.call('GET', KEYS[2])
local is_lower = is_after(ARGV[3], floor or '0-0')
if seen == '0-0' then
  if redis.call('XLEN', KEYS[1]) > 0 then return false end
elseif exists(seen) and not is_lower then
  return false
end
-- Another hub may have said so already.
if floor and is_after(floor, seen) and exists(floor) then return floor end

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
local marker = redis.call('XADD', KEYS[1], id, 'lost', seen)
redis.call('SET', KEYS[2], marker)
return marker
