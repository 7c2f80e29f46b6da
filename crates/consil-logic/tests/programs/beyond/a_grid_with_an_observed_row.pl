% A grid of noisy-or nodes, one of whose rows is seen; column by column over the 16 states of a column.
0.15::x(R,C).
0.6::x(R,C) :- C > 0, B is C-1, x(R,B).
0.5::x(R,C) :- R > 0, Q is R-1, x(Q,C).
evidence(x(2,0),true).
evidence(x(2,1),false).
evidence(x(2,2),true).
evidence(x(2,3),true).
evidence(x(2,4),false).
evidence(x(2,5),true).
evidence(x(2,6),false).
evidence(x(2,7),true).
evidence(x(2,8),false).
evidence(x(2,9),true).
evidence(x(2,10),true).
evidence(x(2,11),true).
query(x(0,0)).
query(x(3,6)).
query(x(1,11)).
%! x(0,0): 0.257987438751255
%! x(3,6): 0.512531294468822
%! x(1,11): 0.624576081178657
