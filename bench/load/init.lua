-- Every request opens a payment for a new order, with a new idempotency key.
dofile(os.getenv("SCRIPTS") .. "/result.lua")
local n = 0
local run = os.getenv("RUN")
local headers = {
  ["Content-Type"] = "application/json",
  ["Authorization"] = "Bearer " .. os.getenv("KEY"),
}

request = function()
  n = n + 1
  headers["Idempotency-Key"] = run .. "-" .. n
  local body = '{"order_id":"' .. run .. "-" .. n .. '","amount":116400,"currency":"INR",' ..
    '"breakdown":[{"label":"Item total (MRP)","amount":123020},' ..
    '{"label":"Price discount","amount":-6620},{"label":"Shipping fee","amount":0}],' ..
    '"customer":{"ref":"cust-8812","phone":"9876543210","email":"customer@example.in"},' ..
    '"return_url":"https://shop.example/return"}'
  return wrk.format("POST", nil, headers, body)
end
