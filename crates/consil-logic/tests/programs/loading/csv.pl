% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! far('ayr','bath'): 1
%! reach(ayr,cork): 0.625
:- use_module(library(db)).
:- csv_load('files/roads.csv', 'road').
0.5::open(X, Y) :- road(X, Y, _).
reach(X, Y) :- open(X, Y).
reach(X, Y) :- open(X, Z), reach(Z, Y).
far(X, Y) :- road(X, Y, D), D > 10.
query(reach(ayr, cork)). query(far(_, _)).
