-- Every request reads the same path.
wrk.headers["Authorization"] = "Bearer " .. os.getenv("KEY")

done = function(summary, latency)
  local bad = summary.errors.status + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), bad))
end
