%! p(1): 1
%! p(2): 1
p(X) :- member(X, [1, 2]).
query(p(_)).
