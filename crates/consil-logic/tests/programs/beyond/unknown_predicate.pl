p :- parnet(X, b).
parent(a, b).
query(p).
%! error: did you mean `parent`?
