"""What readers of load tests share: numbers as tools write them, samples into facts, checks."""
