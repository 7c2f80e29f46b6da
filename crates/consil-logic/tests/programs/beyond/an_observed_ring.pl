% Facts in a ring; whether neighbours agree is seen, noisily. By all 1,024 worlds.
0.34::x(0).
next(0,1).
0.38::x(1).
next(1,2).
0.2::x(2).
next(2,3).
0.25::x(3).
next(3,4).
0.59::x(4).
next(4,5).
0.44::x(5).
next(5,6).
0.53::x(6).
next(6,7).
0.76::x(7).
next(7,8).
0.25::x(8).
next(8,9).
0.35::x(9).
next(9,0).
0.8::sign(X) :- next(X,Y), x(X), x(Y).
0.8::sign(X) :- next(X,Y), \+ x(X), \+ x(Y).
0.3::sign(X) :- next(X,Y), x(X), \+ x(Y).
0.3::sign(X) :- next(X,Y), \+ x(X), x(Y).
evidence(sign(0),false).
evidence(sign(1),false).
evidence(sign(2),true).
evidence(sign(3),false).
evidence(sign(4),true).
evidence(sign(5),true).
evidence(sign(6),true).
evidence(sign(7),true).
evidence(sign(8),true).
evidence(sign(9),false).
query(x(0)).
query(x(4)).
%! x(0): 0.398889316477347
%! x(4): 0.751890767342100
