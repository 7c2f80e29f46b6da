% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! big(3): 0.4
%! big(5): 1
%! big(7): 1
%! e(2, 3): 1
%! e(3, 4): 0.4
%! e(5, 9): 1
%! e(7, 8): 1
%! f(1): 1
% Facts and rules that directives add and take away, in the order of the text.
:- use_module(library(assert)).
e(1, 2). e(2, 3). 0.4::e(3, 4). e(X, 9) :- X = 5.
:- retract(e(1, 2)).
:- assertz(e(7, 8)).
:- assertz((big(X) :- e(X, _), X > 2)).
f(1). f(2). f(2).
:- retractall(f(2)).
query(e(_, _)). query(f(_)). query(big(_)).
