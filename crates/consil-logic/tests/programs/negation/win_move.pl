% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! win(a): 0.552
%! win(b): 0.12
%! win(c): 0.8
0.5::move(a, b). 0.6::move(b, c). 0.7::move(a, c). 0.8::move(c, d).
win(X) :- move(X, Y), \+ win(Y).
query(win(a)). query(win(b)). query(win(c)).
