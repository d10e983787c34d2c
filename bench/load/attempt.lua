-- Every request starts an attempt on another payment; their ids are lines of the file IDS.
dofile(os.getenv("SCRIPTS") .. "/result.lua")
local n = 0
local run = os.getenv("RUN")
local ids = {}
for line in io.lines(os.getenv("IDS")) do ids[#ids + 1] = line end
local headers = {
  ["Content-Type"] = "application/json",
  ["Authorization"] = "Bearer " .. os.getenv("KEY"),
}
local body = '{"method":"upi_intent","app":"gpay","client":{"platform":"android"}}'

request = function()
  n = n + 1
  headers["Idempotency-Key"] = run .. "-" .. n
  return wrk.format("POST", "/v1/payments/" .. (ids[n] or "none") .. "/attempts", headers, body)
end
