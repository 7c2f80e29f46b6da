% No two neighbours may be red. Of the 2^3 worlds, those without 1-2 and 2-3 both red are 5: none, 1, 2, 3, 1-3.
%! red(1): 0.4
%! red(2): 0.2
%! red(3): 0.4
0.5::red(X) :- node(X).
node(1). node(2). node(3). next(1, 2). next(2, 3).
:- next(X, Y), red(X), red(Y).
query(red(_)).
