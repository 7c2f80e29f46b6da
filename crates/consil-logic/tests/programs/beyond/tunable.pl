% A tunable probability is what it starts from.
%! a: 0.3
%! b: 0.5
%! c(1): 0.3
%! c(2): 0.35
t(0.3)::a.
t(_)::b.
0.3::c(1); t(_)::c(2).
query(a). query(b). query(c(_)).
