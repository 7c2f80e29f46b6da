a. 0.5::b.
evidence(a, false).
query(b).
%! error: evidence is impossible
