-- In turn: open an order, pay one opened earlier, read the status of one paid earlier still. The gap
-- is larger than the number of connections, so that each order exists before it is used. The first
-- orders are not used at all, because wrk prepares some requests that it never sends.
local n, gap, first = 0, 300, 100
local run, auth = os.getenv("RUN"), os.getenv("AUTH")
local headers = {
  ["Content-Type"] = "application/x-www-form-urlencoded",
  ["Authorization"] = "Basic " .. auth,
}

local function open(number)
  local body = "amount=1164.00&return_url=https://shop.example/&order_id=" .. run .. number
  return wrk.format("POST", "/juspay/orders", headers, body)
end

local function pay(number)
  local body = "merchant_id=" .. os.getenv("MERCHANT") .. "&format=json&payment_method_type=UPI" ..
    "&payment_method=UPI_PAY&order_id=" .. run .. number
  return wrk.format("POST", "/juspay/txns", headers, body)
end

request = function()
  local number, step = math.floor(n / 3), n % 3
  n = n + 1
  if step == 1 and number >= first + gap then return pay(number - gap) end
  if step == 2 and number >= first + 2 * gap then
    return wrk.format("GET", "/juspay/orders/" .. run .. (number - 2 * gap), headers)
  end
  return step == 0 and open(number) or wrk.format("GET", "/control/kinds", headers)
end

done = function(summary, latency)
  local bad = summary.errors.status + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(95), bad))
end
