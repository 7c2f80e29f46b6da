% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p('42'): 1
p(X) :- atom_number(X, 42).
query(p(_)).
