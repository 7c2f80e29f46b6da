% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! cost(fruit,2): 0.18
%! cost(fruit,3): 0.28
%! cost(fruit,5): 0.12
%! cost(tool,9): 0.5
%! cost(toy,1): 1
:- use_module(library(aggregate)).
0.3::item(fruit, apple, 2). 0.4::item(fruit, pear, 3). 0.5::item(tool, saw, 9). item(toy, car, 1).
cost(G, S) :- aggregate(sum, P, G, item(G, _, P), (G, S)).
query(cost(_, _)).
