% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! low(10): 0.15
%! low(15): 0.09
%! low(5): 0.7
%! top(10): 0.2
%! top(15): 0.6
%! top(5): 0.14
:- use_module(library(aggregate)).
0.5::bid(a, 10). 0.6::bid(b, 15). 0.7::bid(c, 5).
top(X) :- aggregate(max, B, none, bid(_, B), (_, X)).
low(X) :- aggregate(min, B, none, bid(_, B), (_, X)).
query(top(_)). query(low(_)).
