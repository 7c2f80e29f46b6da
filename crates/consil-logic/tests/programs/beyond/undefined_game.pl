0.5::move(a, b). 0.5::move(b, a). 0.5::move(b, c).
win(X) :- move(X, Y), \+win(Y).
query(win(a)).
%! error: negation through a cycle: win(b) → \+ win(a) → \+ win(b)
