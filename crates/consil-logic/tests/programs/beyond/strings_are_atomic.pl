%! p: 1
p :- atomic("s"), string("s"), \+atom("s"), \+string(a), primitive("s").
query(p).
