% Nothing gives N its value before the negation asks for it.
wet(N) :- N is M + 1, \+ dry(N), level(M).
level(1).
0.4::dry(2).
query(wet(_)).
%! error: has no value
