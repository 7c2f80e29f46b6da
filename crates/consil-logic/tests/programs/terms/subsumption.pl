% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p: 1
p :- subsumes_term(f(_), f(a)), \+subsumes_term(f(a), f(_)).
query(p).
