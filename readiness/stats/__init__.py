"""Statistics of load tests: numbers go in, numbers come out. Pure, standard library only."""
