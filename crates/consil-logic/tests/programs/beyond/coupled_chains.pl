% Two chains that cause each other, seen together at each step; by forward-backward over their joint states.
0.1::a(T).
0.7::a(T) :- T > 0, U is T-1, a(U).
0.3::a(T) :- T > 0, U is T-1, b(U).
0.1::b(T).
0.7::b(T) :- T > 0, U is T-1, b(U).
0.3::b(T) :- T > 0, U is T-1, a(U).
0.8::seen(T) :- a(T), b(T).
0.15::seen(T) :- \+ a(T).
evidence(seen(0),true).
evidence(seen(1),true).
evidence(seen(2),false).
evidence(seen(3),false).
evidence(seen(4),false).
evidence(seen(5),false).
evidence(seen(6),true).
evidence(seen(7),true).
evidence(seen(8),false).
evidence(seen(9),false).
evidence(seen(10),false).
evidence(seen(11),false).
evidence(seen(12),true).
evidence(seen(13),true).
evidence(seen(14),false).
evidence(seen(15),false).
evidence(seen(16),false).
evidence(seen(17),true).
evidence(seen(18),false).
evidence(seen(19),true).
query(a(19)).
query(b(10)).
%! a(19): 0.671116340500919
%! b(10): 0.329665951337229
