% Facts do not change while a question is answered; as a directive they may.
:- use_module(library(assert)).
f(1).
g(X) :- assertz(f(3)), f(X).
query(g(_)).
%! error: no clause defines `assertz/1`
