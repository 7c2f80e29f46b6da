% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! lt(1,2): 0.25
%! lt(1,3): 0.25
%! lt(2,3): 0.25
%! same: 1
0.5::v(1). 0.5::v(2). 0.5::v(3).
lt(X, Y) :- v(X), v(Y), X < Y.
same :- 1 =:= 1.0, 1 =\= 2, 2 >= 2, 2 =< 2, 3 > 2.
query(lt(_, _)). query(same).
