% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! t(1): 1
%! t(2): 1
%! t(3): 1
%! t(4): 1
%! t(5): 1
%! t(6): 1
%! t(7): 1
%! t(8): 1
t(1) :- atom(a), \+atom(1), \+atom(f(x)), \+atom("s").
t(2) :- number(1), number(1.5), integer(1), \+integer(1.5), float(1.5), \+float(1).
t(3) :- atomic(a), atomic(1), \+atomic(f(x)).
t(4) :- compound(f(x)), compound([a]), \+compound(a), \+compound([]).
t(5) :- var(_), nonvar(a), \+var(a), X = 1, nonvar(X).
t(6) :- is_list([a, b]), is_list([]), \+is_list(a).
t(7) :- ground(f(a)), \+ground(f(_)), callable(a), callable(f(x)), \+callable(1).
t(8) :- simple(a), \+simple(f(x)).
query(t(_)).
