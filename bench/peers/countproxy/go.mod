module bench/peers/countproxy

go 1.26.0
