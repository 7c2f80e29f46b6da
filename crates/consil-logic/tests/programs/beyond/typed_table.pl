% Integers, atoms and numbers by declaration; the first column of the second table holds probabilities.
%! far(ayr, bath): 1
%! trip: 0.72
:- load(road(atom, atom, integer), "files/roads.csv").
:- load(_::open/2, "files/open.csv").
far(X, Y) :- road(X, Y, D), D > 10.
trip :- open(ayr, bath), open(bath, cork).
query(far(_, _)). query(trip).
