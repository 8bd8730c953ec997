module quakes

go 1.24

require shardmill/guest v0.0.0

replace shardmill/guest => ../../sdk/go
