% Expected values: an enumeration of the 128 sets of edges (ProbLog 2.3.0 does not end within 40 s).
%! r(1,1): 0.58032
%! r(1,2): 0.9
%! r(1,3): 0.72
%! r(1,4): 0.6624
%! r(4,3): 0.5424
0.9::e(1, 2). 0.8::e(2, 3). 0.7::e(3, 4). 0.6::e(4, 1). 0.5::e(3, 1). 0.4::e(2, 4). 0.3::e(4, 2).
r(X, Y) :- e(X, Y).
r(X, Y) :- r(X, Z), r(Z, Y).
query(r(1, Y)). query(r(4, 3)).
