% b moves to c, which cannot move: b wins in every world, so a, which can only move to b, never does.
%! win(a): 0
%! win(b): 1
0.5::move(a, b). 0.5::move(b, a). move(b, c).
win(X) :- move(X, Y), \+win(Y).
query(win(a)). query(win(b)).
