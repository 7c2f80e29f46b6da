p(X) :- X is 2 ** 70.
query(p(_)).
%! error: the result of `**` is too large
