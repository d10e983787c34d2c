-- Every request refunds a rupee of another paid payment; their ids are lines of IDS.
dofile(os.getenv("SCRIPTS") .. "/result.lua")
local n = 0
local run = os.getenv("RUN")
local ids = {}
for line in io.lines(os.getenv("IDS")) do ids[#ids + 1] = line end
local headers = {
  ["Content-Type"] = "application/json",
  ["Authorization"] = "Bearer " .. os.getenv("KEY"),
}

request = function()
  n = n + 1
  headers["Idempotency-Key"] = run .. "-" .. n
  local path = "/v1/payments/" .. (ids[n] or "none") .. "/refunds"
  return wrk.format("POST", path, headers, '{"amount":100,"reason":"bench"}')
end
