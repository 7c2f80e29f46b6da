% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! a(1): 0.3
%! a(3): 0.5
0.3::a(1). 0.4::a(2). 0.5::a(3). ask(1). ask(3).
query(a(X)) :- ask(X).
