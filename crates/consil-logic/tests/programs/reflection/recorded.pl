% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! g(bar): 1
%! g(foo(1)): 1
%! h(k): 1
%! h(other): 1
:- use_module(library(record)).
:- recordz(k, foo(1)).
:- recordz(k, bar).
:- recorda(other, z).
g(X) :- recorded(k, X).
h(K) :- current_key(K).
query(g(_)). query(h(_)).
