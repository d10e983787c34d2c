-- Every request reads the same path.
dofile(os.getenv("SCRIPTS") .. "/result.lua")
wrk.headers["Authorization"] = "Bearer " .. os.getenv("KEY")
