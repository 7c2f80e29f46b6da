% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! addition(0): 0.04
%! addition(1): 0.11
%! addition(2): 0.2
%! addition(3): 0.3
%! addition(4): 0.2
%! addition(5): 0.11
%! addition(6): 0.04
0.1::digit(l, 0); 0.2::digit(l, 1); 0.3::digit(l, 2); 0.4::digit(l, 3).
0.4::digit(r, 0); 0.3::digit(r, 1); 0.2::digit(r, 2); 0.1::digit(r, 3).
addition(Z) :- digit(l, X), digit(r, Y), Z is X + Y.
query(addition(Z)).
