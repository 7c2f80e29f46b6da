% One element is replaced, the others stay.
%! p([a, x, c, b]): 1
%! p([a, b, c, x]): 1
p(L) :- select(b, [a, b, c, b], x, L).
query(p(_)).
