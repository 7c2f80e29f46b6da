% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! drawn(a,b): 0.166666666666667
%! drawn(a,c): 0.166666666666667
%! drawn(b,a): 0.166666666666667
%! drawn(b,c): 0.166666666666667
%! drawn(c,a): 0.166666666666667
%! drawn(c,b): 0.166666666666667
:- use_module(library(lists)).
drawn(X, Y) :- select_uniform(first, [a, b, c], X, Rest), select_uniform(second, Rest, Y, _).
query(drawn(_, _)).
