-- Of ten requests, one opens a payment, one starts an attempt on a payment of the file IDS, two list
-- methods of such payments and six read them.
dofile(os.getenv("SCRIPTS") .. "/result.lua")
local n, opened, tried = 0, 0, 0
local run = os.getenv("RUN")
local ids = {}
for line in io.lines(os.getenv("IDS")) do ids[#ids + 1] = line end
local headers = {
  ["Content-Type"] = "application/json",
  ["Authorization"] = "Bearer " .. os.getenv("KEY"),
}
local attempt = '{"method":"upi_intent","app":"gpay","client":{"platform":"android"}}'

local function post(path, body)
  headers["Idempotency-Key"] = run .. "-" .. n
  return wrk.format("POST", path, headers, body)
end

request = function()
  n = n + 1
  local kind = n % 10
  local id = ids[n % #ids + 1]
  if kind == 0 then
    opened = opened + 1
    return post("/v1/payments", '{"order_id":"' .. run .. "-" .. opened .. '","amount":116400,' ..
      '"currency":"INR","customer":{"ref":"cust-8812"},"return_url":"https://shop.example/return"}')
  end
  if kind == 5 then
    tried = tried + 1
    return post("/v1/payments/" .. (ids[tried] or "none") .. "/attempts", attempt)
  end
  if kind == 3 or kind == 8 then
    return wrk.format("GET", "/v1/payments/" .. id .. "/methods?platform=android", headers)
  end
  return wrk.format("GET", "/v1/payments/" .. id, headers)
end
