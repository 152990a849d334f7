"""A decision as a signed statement, and back: pure, so that what is checked can be tested."""
