% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! win(1): 0.786
%! win(2): 0.06
%! win(3): 0.9
0.8::move(1, 2). 0.6::move(2, 3). 0.5::move(1, 3). 0.9::move(3, 4).
win(X) :- move(X, Y), \+win(Y).
query(win(1)). query(win(2)). query(win(3)).
