% A comparison waits for its values.
%! p(2): 0.5
0.5::v(2). 0.4::v(5).
p(X) :- X < 3, v(X).
query(p(_)).
