% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! believes(1): 0.241696113074205
%! believes(2): 0.632932862190813
0.3::starts(X) :- person(X).
0.4::spreads(X, Y) :- knows(X, Y).
believes(X) :- starts(X).
believes(X) :- knows(Y, X), spreads(Y, X), believes(Y).
person(1). person(2). person(3). person(4).
knows(1, 2). knows(2, 3). knows(3, 1). knows(3, 4). knows(4, 2).
evidence(starts(1), false). evidence(believes(4)).
query(believes(1)). query(believes(2)).
