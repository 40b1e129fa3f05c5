"""Pure rules: facts in, decision out. No I/O, no clock, no chance."""
