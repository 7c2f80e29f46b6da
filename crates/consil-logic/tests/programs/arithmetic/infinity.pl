% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(1): 1
%! p(2): 1
%! p(3): 1
%! p(4): 1
%! p(5): 1
p(1) :- X is inf + 1, X > 1.0e308.
p(2) :- X is sqrt(inf) / 2, X =:= inf.
p(3) :- X is 1 / inf, X =:= 0.
p(4) :- X is 2 ** inf, X =:= max(3, inf).
p(5) :- X is -inf, X < 0.
query(p(_)).
