% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! drawn_red: 0.55
%! left: 0.5
% A coin decides which urn is drawn from.
0.5::left.
0.3::red(left). 0.8::red(right).
drawn_red :- left, red(left).
drawn_red :- \+left, red(right).
query(drawn_red). query(left).
