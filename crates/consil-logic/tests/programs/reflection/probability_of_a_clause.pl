% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(0.4): 1
%! sure(1.0): 1
0.4::f(1). f(2). 0.5::f(X) :- X > 2.
p(P) :- clause(f(1), true, P), P < 1.
sure(P) :- clause(f(2), true, P).
query(p(_)). query(sure(_)).
