% Expected values: by hand. ProbLog 2.3.0 has no `->`. x: 0.4 * 0.5 + 0.6 * 0.3; y: 0.4; z: 1 - 0.6 * 0.5.
%! x: 0.38
%! y: 0.4
%! z: 0.7
0.4::a.
0.5::b.
0.3::c.
x :- ( a -> b ; c ).
y :- ( a -> true ).
z :- ( a -> true ; b -> true ; fail ).
query(x).
query(y).
query(z).
