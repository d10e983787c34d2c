-- Every request is a webhook about another attempt, which was paid; their ids are lines of IDS.
dofile(os.getenv("SCRIPTS") .. "/result.lua")
local n = 0
local run = os.getenv("RUN")
local ids = {}
for line in io.lines(os.getenv("IDS")) do ids[#ids + 1] = line end
local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Basic dTpw" }

request = function()
  n = n + 1
  local order = (ids[n] or "att_none"):sub(5)
  local body = '{"id":"evt-' .. run .. "-" .. n .. '","event_name":"ORDER_SUCCEEDED","content":' ..
    '{"order":{"order_id":"' .. order .. '","merchant_id":"acme","status":"CHARGED",' ..
    '"amount":1164,"currency":"INR"}}}'
  return wrk.format("POST", "/v1/juspay/webhook", headers, body)
end
