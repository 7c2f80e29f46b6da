p(X) :- X > 3, error("too large: ", X).
query(p(4)).
%! error: too large: 4
