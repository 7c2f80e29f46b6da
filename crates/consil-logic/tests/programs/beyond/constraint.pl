% Worlds with both a and b do not count: 0.3 * 0.6 / (1 - 0.12).
%! a: 0.2045454545454545
0.3::a. 0.4::b.
:- a, b.
query(a).
