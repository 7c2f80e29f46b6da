% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! healthy(p): 0.728571428571429
%! healthy(q): 0.8325
%! ill(p): 0.904761904761905
%! ill(q): 0.5
0.5::ill(X) :- patient(X). patient(p). patient(q).
0.95::positive(X) :- ill(X). 0.1::positive(X) :- patient(X), \+ill(X).
0.7::cured(X) :- ill(X), treated(X).
treated(X) :- positive(X).
healthy(X) :- patient(X), \+ill(X). healthy(X) :- cured(X).
evidence(positive(p)).
query(healthy(_)). query(ill(_)).
