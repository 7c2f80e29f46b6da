% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! big: 0.75
%! m(0): 0.875
%! m(1): 0.375
%! m(2): 0.25
%! odd: 0.75
%! q: 0.25
%! sq(10): 0.5
%! sq(2): 0.5
%! sq(5): 0.5
0.5::v(1). 0.5::v(2). 0.5::v(3).
sq(Y) :- v(X), Y is X * X + 1.
big :- v(X), X > 1, X =< 3.
odd :- v(X), X mod 2 =:= 1.
m(M) :- v(X), v(Y), M is max(X, Y) - min(X, Y).
q :- v(X), v(Y), X \== Y, 3 =:= X + Y.
query(sq(Y)). query(big). query(odd). query(m(M)). query(q).
