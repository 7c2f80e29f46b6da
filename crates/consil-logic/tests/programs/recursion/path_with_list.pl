% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! path(a,d,[a],[a, b, c, d]): 0.168
%! path(a,d,[a],[a, b, d]): 0.54
%! path(a,d,[a],[a, c, d]): 0.2
:- use_module(library(lists)).
0.6::e(a, b). 0.7::e(b, c). 0.5::e(a, c). 0.4::e(c, d). 0.9::e(b, d).
path(X, X, _, [X]).
path(X, Y, Seen, [X | P]) :- X \= Y, e(X, Z), \+memberchk(Z, Seen), path(Z, Y, [Z | Seen], P).
query(path(a, d, [a], _)).
