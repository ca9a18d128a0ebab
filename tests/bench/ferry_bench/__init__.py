"""What tests/bench/run is made of: the machine, the servers, the loads, the benches, the table."""
