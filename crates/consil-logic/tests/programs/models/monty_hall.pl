% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! prize(1): 0.333333333333333
%! prize(2): 0
%! prize(3): 0.666666666666667
%! win_keep: 0.333333333333333
%! win_switch: 0.666666666666667
1/3::prize(1); 1/3::prize(2); 1/3::prize(3).
select(1).
0.5::open(2); 0.5::open(3) :- prize(1).
open(2) :- prize(3).
open(3) :- prize(2).
evidence(open(2)).
win_keep :- prize(1).
win_switch :- prize(3).
query(win_keep). query(win_switch). query(prize(X)).
