module shardmill/guest

go 1.24
