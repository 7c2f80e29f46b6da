% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! held(1): 0.962089822264392
%! stuck(3): 0.0192417964452878
0.01::stuck(D) :- door(D). door(1). door(2). door(3). door(4).
0.5::held(1).
blocked(D) :- stuck(D). blocked(D) :- held(D).
stop :- blocked(_).
evidence(stop).
query(held(1)). query(stuck(3)).
