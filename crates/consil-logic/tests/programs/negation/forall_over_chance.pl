% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! honest: 0.81
0.5::bought(X) :- thing(X). 0.8::paid(X) :- thing(X).
thing(1). thing(2).
honest :- forall(bought(X), paid(X)).
query(honest).
