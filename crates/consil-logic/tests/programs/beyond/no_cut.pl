p :- q, !.
q.
query(p).
%! error: there is no cut
